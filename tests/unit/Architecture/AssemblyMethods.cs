using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using XenShared.Cli.Execution;
using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Architecture;

/// <summary>
/// Reads what each method of an assembly calls and which texts it loads. A method that the compiler makes, for a lambda or an iterator,
/// counts for the outermost type.
/// </summary>
internal sealed class AssemblyMethods
{
    private readonly MetadataReader _metadata;

    private AssemblyMethods(MetadataReader metadata) => _metadata = metadata;

    /// <summary>Describes a method.</summary>
    /// <param name="Type">Its outermost type.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Calls">The members that it calls, as "Namespace.Type.Member"; a constructor is ".ctor".</param>
    /// <param name="Texts">The text constants in it.</param>
    /// <param name="ReturnType">The full name of the type that it returns; empty if it is no bool, class or structure.</param>
    public sealed record Method(string Type, string Name, IReadOnlySet<string> Calls, IReadOnlyList<string> Texts, string ReturnType);

    /// <summary>Gets the methods of all assemblies of the product.</summary>
    public static IEnumerable<Method> OfProduct =>
        ((string[])[
            typeof(SharedInfoLayout).Assembly.Location,
            typeof(QueryRun).Assembly.Location,
            Path.Combine(SourceTree.Root, "bin", "XenShared.PowerShell.dll"),
        ])
            .SelectMany(Read);

    /// <summary>Reads all methods of the assembly at <paramref name="path"/>.</summary>
    public static IReadOnlyList<Method> Read(string path)
    {
        using var image = new PEReader(File.OpenRead(path));
        var methods = new AssemblyMethods(image.GetMetadataReader());
        return [.. methods._metadata.MethodDefinitions.Select(handle => methods.Read(handle, image)).OfType<Method>()];
    }

    private Method? Read(MethodDefinitionHandle handle, PEReader image)
    {
        var method = _metadata.GetMethodDefinition(handle);
        if (method.RelativeVirtualAddress == 0) return null;
        var operands = MethodInstructions.Operands(image.GetMethodBody(method.RelativeVirtualAddress)).ToArray();
        return new Method(
            Outermost(method.GetDeclaringType()),
            _metadata.GetString(method.Name),
            operands
                .Where(operand => operand.Kind is OperandType.InlineMethod or OperandType.InlineTok)
                .Select(operand => Member(MetadataTokens.EntityHandle(operand.Token)))
                .OfType<string>()
                .ToHashSet(StringComparer.Ordinal),
            [
                .. operands
                    .Where(operand => operand.Kind == OperandType.InlineString)
                    .Select(operand => _metadata.GetUserString((UserStringHandle)MetadataTokens.Handle(operand.Token))),
            ],
            ReturnType(_metadata.GetBlobReader(method.Signature)));
    }

    private string ReturnType(BlobReader signature)
    {
        if (signature.ReadSignatureHeader().IsGeneric) signature.ReadCompressedInteger();
        signature.ReadCompressedInteger();
        return signature.ReadSignatureTypeCode() switch
        {
            SignatureTypeCode.Boolean => "System.Boolean",
            SignatureTypeCode.TypeHandle => TypeName(signature.ReadTypeHandle()),
            _ => "",
        };
    }

    private string? Member(EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.MethodDefinition:
                var method = _metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                return $"{TypeName(method.GetDeclaringType())}.{_metadata.GetString(method.Name)}";
            case HandleKind.MethodSpecification: return Member(_metadata.GetMethodSpecification((MethodSpecificationHandle)handle).Method);
            case HandleKind.MemberReference:
                var member = _metadata.GetMemberReference((MemberReferenceHandle)handle);
                return $"{TypeName(member.Parent)}.{_metadata.GetString(member.Name)}";
            default: return null;
        }
    }

    private string TypeName(EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                var definition = _metadata.GetTypeDefinition((TypeDefinitionHandle)handle);
                return $"{_metadata.GetString(definition.Namespace)}.{_metadata.GetString(definition.Name)}";
            case HandleKind.TypeReference:
                var reference = _metadata.GetTypeReference((TypeReferenceHandle)handle);
                return $"{_metadata.GetString(reference.Namespace)}.{_metadata.GetString(reference.Name)}";
            default: return "";
        }
    }

    private string Outermost(TypeDefinitionHandle handle)
    {
        while (_metadata.GetTypeDefinition(handle).GetDeclaringType() is { IsNil: false } outer) handle = outer;
        return TypeName(handle);
    }
}
