using XenShared.Files;

namespace XenShared.Cli.Execution;

/// <summary>
/// Opens standard input and output such that neither keeps the program when a signal ends it, and a reader that has gone is noticed.
/// </summary>
internal static class StandardStreams
{
    /// <summary>Has the console read and print through them. There is one reader, since a reader reads ahead.</summary>
    public static void Use()
    {
        if (!OperatingSystem.IsLinux()) return;
        Console.SetIn(new StreamReader(DescriptorStream.FromInherited(0, "standard input", Termination.Token), Console.InputEncoding));
        Console.SetOut(new StreamWriter(OpenOutput(), Console.OutputEncoding) { AutoFlush = true });
    }

    /// <summary>Opens standard output.</summary>
    public static Stream OpenOutput() =>
        OperatingSystem.IsLinux() ? DescriptorStream.FromInherited(1, "standard output", Termination.Token) : Console.OpenStandardOutput();
}
