using XenShared.Files;

namespace XenShared.Cli.Execution;

/// <summary>
/// Opens standard input and output. A signal ends every wait for them, so the program can end at once. A write to an output that its reader
/// has closed is an error.
/// </summary>
internal static class StandardStreams
{
    // As long as a write to a pipe, see DescriptorStream.
    private const int OutputBufferLength = 4096;

    private static StreamWriter? s_output;

    /// <summary>
    /// Makes the console use these streams (Linux only). The reader of standard input reads ahead, so no second reader may be created.
    /// </summary>
    public static void Use()
    {
        if (!OperatingSystem.IsLinux()) return;
        Console.SetIn(new StreamReader(DescriptorStream.FromInherited(0, "standard input", Termination.Token), Console.InputEncoding));
        s_output = new StreamWriter(OpenOutput(), Console.OutputEncoding, OutputBufferLength) { AutoFlush = true };
        Console.SetOut(s_output);
    }

    /// <summary>Opens standard output.</summary>
    public static Stream OpenOutput() =>
        OperatingSystem.IsLinux() ? DescriptorStream.FromInherited(1, "standard output", Termination.Token) : Console.OpenStandardOutput();

    /// <summary>
    /// Returns the objects of batches one by one. What the caller prints for the objects of a batch is written together, and before the
    /// next batch is read, so nothing that was printed waits for data. For 3,016 ports of a domain, these are 48 writes in place of
    /// 3,017.
    /// </summary>
    public static IEnumerable<T> WriteTogether<T>(IEnumerable<T[]> batches) => WriteTogether(batches, s_output);

    /// <summary>Does the same for an output; null if it cannot be held back.</summary>
    internal static IEnumerable<T> WriteTogether<T>(IEnumerable<T[]> batches, StreamWriter? output)
    {
        foreach (var batch in batches)
        {
            if (output is not null) output.AutoFlush = false;
            try
            {
                foreach (var item in batch) yield return item;
            }
            finally
            {
                // This also writes what is in the buffer.
                if (output is not null) output.AutoFlush = true;
            }
        }
    }
}
