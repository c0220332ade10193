using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace XenShared.Xen.Tests.Bed;

/// <summary>
/// Assembles the files for dom0's <c>/in</c>, with one folder per part: the product in this working tree, and everything that it needs to
/// run there.
/// </summary>
internal static class Dom0Files
{
    /// <summary>The variable for a module that was staged elsewhere, to test in place of the working tree's.</summary>
    private const string StagedModuleVariable = "XENSHARED_MODULE";

    // A program without its own runtime is started by the runtime that is copied with it, because its own executable may search for a
    // runtime only where it was built to search.
    private const string PowerShellStarter = """
        #!/bin/sh
        export DOTNET_ROOT=/in/dotnet DOTNET_ROLL_FORWARD=Major DOTNET_TieredPGO=0 POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off
        [ -e /in/pwsh/libcoreclr.so ] || exec /in/dotnet/dotnet /in/pwsh/pwsh.dll "$@"
        exec /in/pwsh/pwsh "$@"
        """;

    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static readonly Lazy<Task> s_assembled = new(AssembleOnceAsync);

    // The native compiler needs two minutes of processor time, and all tests wait for it, beside the other builds of a busy machine.
    private static readonly TimeSpan s_buildTimeout = TimeSpan.FromMinutes(20);

    private static readonly string s_builds = Path.Combine(Repository.Root, "artifacts", "xen", "build");

    /// <summary>Gets the folder in which the parts are assembled.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Artifacts, "files");

    /// <summary>Gets the command that runs the published program on this machine; known when the files are assembled.</summary>
    public static IReadOnlyList<string> Program { get; private set; } = [];

    /// <summary>Gets the installation of PowerShell on this machine; null if there is none that can be copied.</summary>
    public static string? PowerShell { get; } = FindPowerShell();

    private static string DotNet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : "dotnet";

    /// <summary>Builds and copies all parts, once for all hosts.</summary>
    public static Task AssembleAsync() => s_assembled.Value;

    /// <summary>Writes a script that can be run.</summary>
    public static void WriteProgram(string path, string text)
    {
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, Executable);
    }

    private static async Task AssembleOnceAsync()
    {
        Directory.CreateDirectory(Folder);
        await PublishCommandAsync();
        await PublishAsync(Path.Combine(Repository.Xen, "XenShared.Xen.Sampler"), "sampler");
        CopyRuntime();
        await CompileOraclesAsync();
        WriteStarter("sampler", Starter("sampler/XenShared.Xen.Sampler"));
        if (PowerShell is null) return;
        CopyOnce(PowerShell, "pwsh");
        WriteStarter("pwsh", PowerShellStarter);
        await CopyModuleAsync();
        Copy(Path.Combine(AppContext.BaseDirectory, "PowerShell"), "scripts");
    }

    // The program as it is shipped: one native executable, linked against the suite's own C library. If it cannot be built, a program for a
    // runtime that is copied with it.
    private static async Task PublishCommandAsync()
    {
        var project = Path.Combine(Repository.Root, "src", "XenShared.Cli");
        var folder = Fresh("xenshared");
        var linker = Path.Combine(Repository.Artifacts, "cc");
        WriteProgram(linker, $"#!/bin/sh\nSUITE={Suite.Current.Name} exec {Path.Combine(Repository.Xen, "rig")} cc \"$@\"\n");
        var native = await BuildAsync(
            "publish",
            project,
            "--configuration",
            "Release",
            "--runtime",
            "linux-x64",
            "--property:PublishAot=true",
            "--property:StripSymbols=true",
            $"--property:CppCompilerAndLinker={linker}",
            "--artifacts-path",
            Path.Combine(Repository.Artifacts, "native"),
            "--output",
            folder);
        await File.WriteAllTextAsync(Path.Combine(Repository.Artifacts, "native.log"), native.Text + native.Error);
        if (native.ExitCode == 0)
        {
            Program = [Path.Combine(folder, "XenShared.Cli")];
            foreach (var file in Directory.EnumerateFiles(folder).Where(file => file != Program[0])) File.Delete(file);
            WriteStarter("xenshared", "#!/bin/sh\nexec /in/xenshared/XenShared.Cli \"$@\"");
            return;
        }
        TestContext.Current.SendDiagnosticMessage(
            $"xenshared could not be built as a native executable, so it runs on a runtime: {native.Text}");
        await PublishAsync(project, "xenshared");
        Program = [DotNet, Path.Combine(folder, "XenShared.Cli.dll")];
        WriteStarter("xenshared", Starter("xenshared/XenShared.Cli"));
    }

    // Compiled beforehand (PublishReadyToRun), since an emulated processor takes longer to compile the program than to run it.
    private static async Task PublishAsync(string project, string part) =>
        (await BuildAsync("publish", project, "--configuration", "Release", "--runtime", "linux-x64", "--no-self-contained",
            "--property:PublishReadyToRun=true", "--artifacts-path", s_builds, "--output", Fresh(part))).Succeeded();

    private static Task<CommandResult> BuildAsync(params string[] arguments) =>
        Command.RunAsync(Command.Prepare(DotNet, arguments), timeout: s_buildTimeout);

    private static string Starter(string program) => $"""
        #!/bin/sh
        export DOTNET_ROOT=/in/dotnet DOTNET_TieredPGO=0
        exec /in/{program} "$@"
        """;

    // The runtime that runs these tests: <root>/shared/Microsoft.NETCore.App/<version>/.
    private static void CopyRuntime()
    {
        var runtime = Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory());
        var framework = Path.GetDirectoryName(runtime)!;
        var root = Path.GetDirectoryName(Path.GetDirectoryName(framework))!;
        var version = Path.GetFileName(runtime);
        CopyOnce(runtime, Path.Combine("dotnet", "shared", Path.GetFileName(framework), version));
        CopyOnce(Path.Combine(root, "host", "fxr", version), Path.Combine("dotnet", "host", "fxr", version));
        File.Copy(Path.Combine(root, "dotnet"), Path.Combine(Folder, "dotnet", "dotnet"), overwrite: true);
    }

    private static async Task CompileOraclesAsync()
    {
        var folder = Fresh("oracle");
        foreach (var source in Directory.EnumerateFiles(Path.Combine(Repository.Xen, "oracle"), "*.c"))
            await Rig.CompileAsync(source, Path.Combine(folder, Path.GetFileNameWithoutExtension(source)));
    }

    private static async Task CopyModuleAsync()
    {
        if (Environment.GetEnvironmentVariable(StagedModuleVariable) is { Length: > 0 } staged)
        {
            Copy(staged, "module");
            return;
        }
        var module = Fresh("module");
        (
            await Command.RunAsync(
                DotNet,
                "build",
                Path.Combine(Repository.Root, "src", "XenShared.PowerShell"),
                "--configuration",
                "Release",
                "--artifacts-path",
                s_builds,
                $"--property:OutputPath={module}/bin/",
                "--property:AppendTargetFrameworkToOutputPath=false")
        ).Succeeded();
        File.Copy(Path.Combine(Repository.Root, "XenShared.psd1"), Path.Combine(module, "XenShared.psd1"));
    }

    // PowerShell itself reports its folder, because the file on PATH can be a launcher, such as that of a .NET tool.
    private static string? FindPowerShell()
    {
        try
        {
            using var process = Process.Start(Command.Prepare("pwsh", ["-NoProfile", "-NonInteractive", "-Command", "$PSHOME"]))!;
            process.StandardInput.Close();
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            var home = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 && File.Exists(Path.Combine(home, "pwsh.dll")) ? home : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static void WriteStarter(string name, string text) =>
        WriteProgram(Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, "bin")).FullName, name), text + "\n");

    private static string Fresh(string part)
    {
        var folder = Path.Combine(Folder, part);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        return Directory.CreateDirectory(folder).FullName;
    }

    // An installation with one version number does not change. A stamp file next to the copy contains its source.
    private static void CopyOnce(string source, string part)
    {
        var stamp = Path.Combine(Folder, "..", part.Replace('/', '-') + ".copied");
        var from = $"{source} {Directory.GetLastWriteTimeUtc(source):O}";
        if (File.Exists(stamp) && File.ReadAllText(stamp) == from) return;
        Copy(source, part);
        File.WriteAllText(stamp, from);
    }

    private static void Copy(string source, string part)
    {
        var target = Fresh(part);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
