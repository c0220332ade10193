using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace XenShared.Tests.Architecture;

/// <summary>
/// Finds which types of an assembly use which others of it: in base types, attributes, members, signatures and the instructions of method
/// bodies. A nested type, also one that the compiler makes for a closure or an iterator, counts as its outermost type.
/// </summary>
internal sealed class AssemblyTypeReferences
{
    private static readonly AttributeTypes s_attributeTypes = new();

    private readonly MetadataReader _metadata;
    private readonly PEReader _image;
    private readonly TypeNames _names;
    private readonly HashSet<TypeReference> _found = [];
    private readonly HashSet<string> _definitions;
    private string _from = "";

    private AssemblyTypeReferences(PEReader image)
    {
        _image = image;
        _metadata = image.GetMetadataReader();
        _names = new TypeNames(Add);
        _definitions = [.. _metadata.TypeDefinitions.Select(handle => TypeNames.OutermostName(_metadata, handle))];
    }

    /// <summary>Names a type and another that it uses.</summary>
    public readonly record struct TypeReference(string From, string To);

    /// <summary>Reads all references between the types of the assembly at <paramref name="path"/>.</summary>
    public static IReadOnlySet<TypeReference> Read(string path)
    {
        using var image = new PEReader(File.OpenRead(path));
        var references = new AssemblyTypeReferences(image);
        foreach (var handle in references._metadata.TypeDefinitions) references.ReadType(handle);
        return references._found;
    }

    private void ReadType(TypeDefinitionHandle handle)
    {
        var type = _metadata.GetTypeDefinition(handle);
        _from = TypeNames.OutermostName(_metadata, handle);
        Read(type.BaseType);
        foreach (var implemented in type.GetInterfaceImplementations()) Read(_metadata.GetInterfaceImplementation(implemented).Interface);
        foreach (var parameter in type.GetGenericParameters()) ReadConstraints(parameter);
        ReadAttributes(type.GetCustomAttributes());
        foreach (var field in type.GetFields())
        {
            _metadata.GetFieldDefinition(field).DecodeSignature(_names, null);
            ReadAttributes(_metadata.GetFieldDefinition(field).GetCustomAttributes());
        }
        foreach (var property in type.GetProperties()) ReadAttributes(_metadata.GetPropertyDefinition(property).GetCustomAttributes());
        foreach (var method in type.GetMethods()) ReadMethod(_metadata.GetMethodDefinition(method));
    }

    private void ReadMethod(MethodDefinition method)
    {
        method.DecodeSignature(_names, null);
        ReadAttributes(method.GetCustomAttributes());
        foreach (var parameter in method.GetParameters()) ReadAttributes(_metadata.GetParameter(parameter).GetCustomAttributes());
        foreach (var parameter in method.GetGenericParameters()) ReadConstraints(parameter);
        if (method.RelativeVirtualAddress == 0) return;
        var body = _image.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil) _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_names, null);
        foreach (var region in body.ExceptionRegions) Read(region.CatchType);
        foreach (var operand in MethodInstructions.Operands(body))
        {
            if (operand.Kind != OperandType.InlineString) Read(MetadataTokens.EntityHandle(operand.Token));
        }
    }

    private void Read(EntityHandle handle)
    {
        if (handle.IsNil) return;
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                Add(TypeNames.OutermostName(_metadata, (TypeDefinitionHandle)handle));
                break;
            case HandleKind.TypeSpecification:
                _metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_names, null);
                break;
            case HandleKind.FieldDefinition:
                var field = _metadata.GetFieldDefinition((FieldDefinitionHandle)handle);
                field.DecodeSignature(_names, null);
                Read(field.GetDeclaringType());
                break;
            case HandleKind.MethodDefinition:
                var method = _metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                method.DecodeSignature(_names, null);
                Read(method.GetDeclaringType());
                break;
            case HandleKind.MethodSpecification:
                var instance = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                instance.DecodeSignature(_names, null);
                Read(instance.Method);
                break;
            case HandleKind.MemberReference: ReadMember(_metadata.GetMemberReference((MemberReferenceHandle)handle)); break;
            case HandleKind.StandaloneSignature:
                var signature = _metadata.GetStandaloneSignature((StandaloneSignatureHandle)handle);
                if (signature.GetKind() == StandaloneSignatureKind.Method) signature.DecodeMethodSignature(_names, null);
                break;
            default: break;
        }
    }

    private void ReadMember(MemberReference member)
    {
        Read(member.Parent);
        if (member.GetKind() == MemberReferenceKind.Field) member.DecodeFieldSignature(_names, null);
        else member.DecodeMethodSignature(_names, null);
    }

    // The attribute, and the types that it is given.
    private void ReadAttributes(CustomAttributeHandleCollection attributes)
    {
        foreach (var attribute in attributes.Select(_metadata.GetCustomAttribute))
        {
            Read(attribute.Constructor);
            var value = attribute.DecodeValue(s_attributeTypes);
            foreach (var name in value
                    .FixedArguments.Select(argument => argument.Value)
                    .Concat(value.NamedArguments.Select(argument => argument.Value))
                    .OfType<string>())
            {
                if (_definitions.Contains(name)) Add(name);
            }
        }
    }

    private void ReadConstraints(GenericParameterHandle parameter)
    {
        foreach (var constraint in _metadata.GetGenericParameter(parameter).GetConstraints())
            Read(_metadata.GetGenericParameterConstraint(constraint).Type);
    }

    private void Add(string to)
    {
        if (to != _from) _found.Add(new TypeReference(_from, to));
    }

    /// <summary>Walks signatures and reports each type definition in them.</summary>
    private sealed class TypeNames(Action<string> found) : ISignatureTypeProvider<int, object?>
    {
        public static string OutermostName(MetadataReader metadata, TypeDefinitionHandle handle)
        {
            var type = metadata.GetTypeDefinition(handle);
            for (; !type.GetDeclaringType().IsNil; type = metadata.GetTypeDefinition(handle)) handle = type.GetDeclaringType();
            var space = metadata.GetString(type.Namespace);
            return space.Length == 0 ? metadata.GetString(type.Name) : $"{space}.{metadata.GetString(type.Name)}";
        }

        public int GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
        {
            found(OutermostName(reader, handle));
            return 0;
        }

        public int GetTypeFromSpecification(
            MetadataReader reader,
            object? genericContext,
            TypeSpecificationHandle handle,
            byte rawTypeKind
        ) => reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public int GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => 0;

        public int GetSZArrayType(int elementType) => 0;

        public int GetArrayType(int elementType, ArrayShape shape) => 0;

        public int GetByReferenceType(int elementType) => 0;

        public int GetPointerType(int elementType) => 0;

        public int GetPinnedType(int elementType) => 0;

        public int GetModifiedType(int modifier, int unmodifiedType, bool isRequired) => 0;

        public int GetFunctionPointerType(MethodSignature<int> signature) => 0;

        public int GetGenericInstantiation(int genericType, ImmutableArray<int> typeArguments) => 0;

        public int GetGenericMethodParameter(object? genericContext, int index) => 0;

        public int GetGenericTypeParameter(object? genericContext, int index) => 0;

        public int GetPrimitiveType(PrimitiveTypeCode typeCode) => 0;
    }
    /// <summary>Decodes the arguments of attributes: a type is its name.</summary>
    private sealed class AttributeTypes : ICustomAttributeTypeProvider<string>
    {
        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => "";

        public string GetSystemType() => "System.Type";

        public string GetSZArrayType(string elementType) => $"{elementType}[]";

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
            TypeNames.OutermostName(reader, handle);

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) =>
            $"{reader.GetString(reader.GetTypeReference(handle).Namespace)}.{reader.GetString(reader.GetTypeReference(handle).Name)}";

        public string GetTypeFromSerializedName(string name) => name.Split(',', '+')[0];

        // The enumerations that the attributes here are given have this size, as the default is.
        public PrimitiveTypeCode GetUnderlyingEnumType(string type) => PrimitiveTypeCode.Int32;

        public bool IsSystemType(string type) => type == "System.Type";
    }
}
