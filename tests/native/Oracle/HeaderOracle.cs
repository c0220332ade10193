using System.Diagnostics;
using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Oracle;

/// <summary>Compiles a file of <c>oracle/</c> for a guest's architecture, and reads the layout from the object.</summary>
internal static class HeaderOracle
{
    /// <summary>
    /// Returns the compiler's layout of the structures in <paramref name="file"/>. Skips the test, with the reason, if the file cannot be
    /// compiled.
    /// </summary>
    public static DebugInformation Compile(string file, string architecture)
    {
        Assert.SkipWhen(FakeXenBuild.FindOnPath("gcc") is null, "gcc is not installed");
        Assert.SkipWhen(FakeXenBuild.FindOnPath("readelf") is null, "readelf is not installed");
        var directory = Directory.CreateTempSubdirectory("oracle-").FullName;
        try
        {
            var compiled = Path.Combine(directory, "layout.o");
            string[] options = [.. Options(architecture), "-ffreestanding", "-g", "-gdwarf-4", "-c"];
            Assert.SkipUnless(Compiles(options), $"this gcc does not compile for {architecture}");
            Assert.SkipUnless(Compiles([.. options, "-include", "stdint.h", "-include", "xen/xen.h"]), "libxen-dev is not installed");
            var compilation = Run("gcc", [.. options, "-o", compiled, Path.Combine(AppContext.BaseDirectory, "oracle", file)]);
            Assert.True(compilation.ExitCode == 0, compilation.Errors);
            return new DebugInformation(Run("readelf", ["--debug-dump=info", "--wide", compiled]).Output.Split('\n'));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static bool Compiles(IEnumerable<string> options) =>
        Run("gcc", [.. options, "-fsyntax-only", "-x", "c", "/dev/null"]).ExitCode == 0;

    // The comment in layout.c explains why these options have the guest's layout.
    private static string[] Options(string architecture) => architecture switch
    {
        "x86_64" => ["-m64"],
        "x86_32" => ["-m32"],
        "arm64" => ["-m64", "-U__x86_64__", "-U__i386__", "-D__aarch64__"],
        "arm32" => ["-m32", "-malign-double", "-U__x86_64__", "-U__i386__", "-D__arm__"],
        _ => throw new ArgumentOutOfRangeException(nameof(architecture), architecture, "No such architecture."),
    };

    private static (int ExitCode, string Output, string Errors) Run(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
