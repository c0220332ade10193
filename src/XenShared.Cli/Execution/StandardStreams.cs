using XenShared.Files;

namespace XenShared.Cli.Execution;

/// <summary>
/// Opens standard input and output. A signal ends every wait for them, so the program can end at once. A write to an output that its reader
/// has closed is an error.
/// </summary>
internal static class StandardStreams
{
    /// <summary>
    /// Makes the console use these streams (Linux only). The reader of standard input reads ahead, so no second reader may be created.
    /// </summary>
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
