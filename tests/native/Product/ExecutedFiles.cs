using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using XenShared.Native.Tests.Fake;
using XenShared.Native.Tests.Versions;

namespace XenShared.Native.Tests.Product;

/// <summary>
/// Lists the source files of the module that a command executes in a separate PowerShell, on the fake host and with the module imported. A
/// file counts if a method, property or constructor of its type runs. Lambdas, iterators, generic instances and nested types count as the
/// type that contains them. A file has behaviour if a type in it declares a method; constructors, properties, the generated methods of a
/// record, <c>ToString</c>, functions of C libraries and interfaces are data.
/// </summary>
internal sealed class ExecutedFiles
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);
    private static readonly string[] s_assemblies = ["XenShared.dll", "XenShared.PowerShell.dll"];

    private ExecutedFiles(string[] all, HashSet<string> withBehaviour)
    {
        All = all;
        WithBehaviour = [.. all.Where(withBehaviour.Contains)];
    }

    /// <summary>Gets the reason why the files cannot be measured; null if they can.</summary>
    public static string? WhyNot { get; } = FakeXenBuild.WhyNot
        ?? (FakeXenBuild.FindOnPath("pwsh") is null ? "PowerShell (pwsh) is not installed" : null);

    /// <summary>Gets the paths of the files from the root, in the order of their first execution.</summary>
    public IReadOnlyList<string> All { get; }

    /// <summary>Gets the paths of the files with behaviour.</summary>
    public IReadOnlyList<string> WithBehaviour { get; }

    /// <summary>Runs a command on a host.</summary>
    public static ExecutedFiles Measure(string command, FakeHost host)
    {
        using var directory = new TemporaryDirectory();
        var trace = Path.Combine(directory.FullName, "methods.txt");
        var module = Path.Combine(Root, "XenShared.psd1");
        Run(
            $"Import-Module '{module}'; [StartupHook]::Start(); $null = {command}; [StartupHook]::Write('{trace}')",
            host.Write(directory.FullName));
        var sources = Directory.GetFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
            .ToLookup(file => Path.GetFileNameWithoutExtension(file));
        var types = File.ReadLines(trace)
            .Select(line => line.Split(' ')[0])
            .Where(type => type.StartsWith("XenShared.", StringComparison.Ordinal))
            .Select(OutermostType)
            .Distinct();
        var behaviour = s_assemblies.SelectMany(assembly => TypesWithMethods(Path.Combine(Root, "bin", assembly))).ToHashSet();
        var files = types.Select(type => (File: FileOf(type, sources), HasBehaviour: behaviour.Contains(type))).ToArray();
        return new ExecutedFiles(
            [.. files.Select(file => file.File)],
            [.. files.Where(file => file.HasBehaviour).Select(file => file.File)]);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"{All.Count} files, {WithBehaviour.Count} of them with behaviour:");
        foreach (var file in All) text.AppendLine(CultureInfo.InvariantCulture, $"{(WithBehaviour.Contains(file) ? '*' : ' ')} {file}");
        return text.ToString();
    }

    private static string Root { get; } = FindRoot();

    private static void Run(string script, string host)
    {
        var start = new ProcessStartInfo("pwsh") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-NoProfile", "-NonInteractive", "-Command", script]) start.ArgumentList.Add(argument);
        start.Environment["DOTNET_STARTUP_HOOKS"] = Path.Combine(AppContext.BaseDirectory, "XenShared.MethodTrace.dll");
        start.Environment["LD_LIBRARY_PATH"] = FakeXenBuild.Directory(FakeXenFixture.LibraryMinor);
        start.Environment["FAKEXEN_HOST"] = host;
        using var process = Process.Start(start) ?? throw new InvalidOperationException("pwsh did not start.");
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(s_timeout))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"pwsh did not end within {s_timeout.TotalSeconds:0} s.");
        }
        Assert.Equal("", output.GetAwaiter().GetResult() + errors.GetAwaiter().GetResult());
    }

    // "A.B+<>c`1[System.Int32]" is in the file of A.B.
    private static string OutermostType(string type) => type.Split('+', '`', '[')[0];

    // Folders are namespaces, except of the model types of the module.
    private static string FileOf(string type, ILookup<string, string> sources)
    {
        var name = type[(type.LastIndexOf('.') + 1)..];
        var file = sources[name].Order(StringComparer.Ordinal).FirstOrDefault(file => NamespaceOf(file) == type[..^(name.Length + 1)])
            ?? sources[name].FirstOrDefault()
            ?? throw new InvalidOperationException($"No source file is named after {type}.");
        return Path.GetRelativePath(Root, file);
    }

    private static string NamespaceOf(string file) =>
        Path.GetDirectoryName(Path.GetRelativePath(Path.Combine(Root, "src"), file))!.Replace(Path.DirectorySeparatorChar, '.');

    private static string[] TypesWithMethods(string assembly)
    {
        using var image = new PEReader(File.OpenRead(assembly));
        var metadata = image.GetMetadataReader();
        return metadata.TypeDefinitions
            .Where(handle => HasMethods(metadata, handle))
            .Select(handle => OutermostName(metadata, handle))
            .ToArray();
    }

    private static bool HasMethods(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        if (type.Attributes.HasFlag(TypeAttributes.Interface) || IsGenerated(metadata, type.GetCustomAttributes())) return false;
        return type.GetMethods().Select(metadata.GetMethodDefinition).Any(method =>
            method.RelativeVirtualAddress != 0
            && !method.Attributes.HasFlag(MethodAttributes.SpecialName)
            && metadata.GetString(method.Name) is var name
            && name != nameof(ToString)
            && !name.Contains('<', StringComparison.Ordinal)
            && !IsGenerated(metadata, method.GetCustomAttributes()));
    }

    private static bool IsGenerated(MetadataReader metadata, CustomAttributeHandleCollection attributes) =>
        attributes
            .Select(attribute => metadata.GetCustomAttribute(attribute).Constructor)
            .Where(constructor => constructor.Kind == HandleKind.MemberReference)
            .Select(constructor => metadata.GetMemberReference((MemberReferenceHandle)constructor).Parent)
            .Where(parent => parent.Kind == HandleKind.TypeReference)
            .Select(parent => metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)parent).Name))
            .Any(name => name is "CompilerGeneratedAttribute" or "GeneratedCodeAttribute");

    private static string OutermostName(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        while (type.GetDeclaringType() is { IsNil: false } outer) type = metadata.GetTypeDefinition(outer);
        return OutermostType($"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}");
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "XenShared.psd1"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("No XenShared.psd1 is above the tests.");
    }
}
