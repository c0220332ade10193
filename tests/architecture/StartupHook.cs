using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

/// <summary>
/// Lists the methods that the process runs, in the order of their first runs. .NET starts it by its name, before the program.
/// </summary>
[SuppressMessage("Design", "CA1050", Justification = "A startup hook has this name, and no namespace.")]
public static class StartupHook
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);

    [SuppressMessage("Reliability", "CA2000", Justification = "It listens until the process ends.")]
    private static readonly MethodListener s_listener = new(typeof(StartupHook).FullName!, nameof(Last));

    /// <summary>Begins the list.</summary>
    public static void Initialize() => RuntimeHelpers.RunClassConstructor(typeof(StartupHook).TypeHandle);

    /// <summary>Writes the list to a file: a line <c>type method</c> for each method that has run by now.</summary>
    public static void Write(string path)
    {
        // The events arrive on another thread. When that of Last is here, so are all before it.
        Last();
        if (!s_listener.HasSeenLast.Wait(s_timeout)) throw new TimeoutException("The runtime does not report its methods.");
        File.WriteAllLines(path, s_listener.Methods);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Last()
    {
    }
}
