using XenShared.Files;

namespace XenShared.Cli.Execution;

/// <summary>
/// Opens standard input and output so that neither delays the end of the program after a signal, and a closed reader is detected.
/// </summary>
internal static class StandardStreams
{
    /// <summary>Makes the console use these streams. There must be only one reader, because it reads ahead.</summary>
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
