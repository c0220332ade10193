using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

/// <summary>
/// Lists the methods that a process runs for the first time between <see cref="Start"/> and <see cref="Write"/>. .NET initializes it by its
/// name, before the program.
/// </summary>
[SuppressMessage("Design", "CA1050", Justification = "A startup hook has this name, and no namespace.")]
public static class StartupHook
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);

    [SuppressMessage("Reliability", "CA2000", Justification = "It listens until the process ends.")]
    private static readonly MethodListener s_listener = new(typeof(StartupHook).FullName!, nameof(Last));

    /// <summary>Starts to listen.</summary>
    public static void Initialize() => RuntimeHelpers.RunClassConstructor(typeof(StartupHook).TypeHandle);

    /// <summary>Begins the list.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Start()
    {
        // Its own event marks the place.
    }

    /// <summary>Writes the list to a file, a line <c>type method</c> for each method.</summary>
    public static void Write(string path)
    {
        // The events arrive on another thread. When the event of Last has arrived, all earlier ones have.
        Last();
        if (!s_listener.HasSeenLast.Wait(s_timeout)) throw new TimeoutException("The runtime does not report its methods.");
        File.WriteAllLines(path, s_listener.Methods.SkipWhile(method => method != $"{nameof(StartupHook)} {nameof(Start)}").Skip(1));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Last()
    {
    }
}
