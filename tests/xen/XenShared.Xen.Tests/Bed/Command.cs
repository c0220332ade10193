using System.Diagnostics;

namespace XenShared.Xen.Tests.Bed;

/// <summary>Runs programs of this machine.</summary>
internal static class Command
{
    // The environment of a test host contains variables that would make a child "dotnet" use the wrong build engine.
    private static readonly string[] s_notInherited =
    [
        "MSBuildSDKsPath",
        "MSBUILD_EXE_PATH",
        "MSBuildExtensionsPath",
        "MSBuildLoadMicrosoftTargetsReadOnly",
    ];

    /// <summary>Gets the default time limit of a command. Emulated programs are slow when the machine is busy.</summary>
    public static TimeSpan StandardTimeout { get; } = TimeSpan.FromMinutes(6);

    /// <summary>Prepares a program with all its streams redirected.</summary>
    public static ProcessStartInfo Prepare(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in s_notInherited)
            start.Environment.Remove(name);
        return start;
    }

    /// <summary>Runs a program to its end.</summary>
    public static Task<CommandResult> RunAsync(string program, params string[] arguments) => RunAsync(Prepare(program, arguments));

    /// <summary>Runs a prepared program to its end, with <paramref name="input"/> on its standard input.</summary>
    /// <exception cref="TimeoutException">It took too long, and was ended.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more; it was ended.</exception>
    public static async Task<CommandResult> RunAsync(
        ProcessStartInfo start,
        ReadOnlyMemory<byte> input = default,
        TimeSpan? timeout = null,
        CancellationToken cancellation = default)
    {
        var command = $"{start.FileName} {string.Join(' ', start.ArgumentList)}";
        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout ?? StandardTimeout);
        try
        {
            using var output = new MemoryStream();
            var reading = process.StandardOutput.BaseStream.CopyToAsync(output, limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await WriteAsync(process, input, limit.Token);
            await Task.WhenAll(reading, errors);
            await process.WaitForExitAsync(limit.Token);
            return new CommandResult(command, process.ExitCode, output.ToArray(), await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellation.ThrowIfCancellationRequested();
            throw new TimeoutException($"'{command}' did not end within {(timeout ?? StandardTimeout).TotalSeconds:0} s.");
        }
    }

    private static async Task WriteAsync(Process process, ReadOnlyMemory<byte> input, CancellationToken cancellation)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all; its exit status shows the cause.
        }
    }
}
