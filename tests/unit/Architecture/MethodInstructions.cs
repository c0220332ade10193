using System.Reflection.Emit;
using System.Reflection.Metadata;

namespace XenShared.Tests.Architecture;

/// <summary>Finds the metadata tokens in the instructions of a method: what it calls, uses and loads as text.</summary>
internal static class MethodInstructions
{
    private static readonly Dictionary<ushort, OperandType> s_operands = typeof(OpCodes).GetFields()
        .Select(field => field.GetValue(null)).OfType<OpCode>().ToDictionary(code => (ushort)code.Value, code => code.OperandType);

    /// <summary>Returns the tokens of a method body, with the kind of each.</summary>
    public static IEnumerable<(OperandType Kind, int Token)> Operands(MethodBodyBlock body)
    {
        var code = body.GetILReader();
        while (code.RemainingBytes > 0)
        {
            ushort value = code.ReadByte();
            if (value == 0xfe) value = (ushort)(value << 8 | code.ReadByte());
            var kind = s_operands[value];
            switch (kind)
            {
                case OperandType.InlineNone: break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar: code.Offset += 1; break;
                case OperandType.InlineVar: code.Offset += 2; break;
                case OperandType.InlineI8 or OperandType.InlineR: code.Offset += 8; break;
                case OperandType.InlineSwitch:
                    var targets = code.ReadInt32();
                    code.Offset += 4 * targets;
                    break;
                case OperandType.InlineField
                or OperandType.InlineMethod
                or OperandType.InlineTok
                or OperandType.InlineType
                or OperandType.InlineSig
                or OperandType.InlineString:
                    yield return (kind, code.ReadInt32());
                    break;
                default: code.Offset += 4; break;
            }
        }
    }
}
