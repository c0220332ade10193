using System.Globalization;
using System.Runtime.CompilerServices;

namespace XenShared;

/// <summary>
/// Represents advice with the commands to run, created from an interpolated string. Each front end (PowerShell and command line) gets its
/// own form of the commands. Two instances are equal if their texts in both forms are equal.
/// </summary>
[InterpolatedStringHandler]
internal sealed class AdviceText : IEquatable<AdviceText>
{
    // The parts of the advice in order. Each part is either text or a command. If it is a command, Words is empty; if it is text, Command
    // is null.
    private readonly List<(string Words, AdvisedCommand? Command)> _parts;

    /// <summary>Creates empty advice. The code that the compiler generates for an interpolated string then appends the parts.</summary>
    public AdviceText(int literalLength, int formattedCount)
    {
        _ = literalLength;
        _parts = new List<(string Words, AdvisedCommand? Command)>(2 * formattedCount + 1);
    }

    /// <summary>Gets the parts in order. The words are empty if the part is a command; otherwise the command is null.</summary>
    public IReadOnlyList<(string Words, AdvisedCommand? Command)> Parts => _parts;

    /// <summary>Gets a value indicating whether at least one command of the advice writes to the domain.</summary>
    public bool NamesWrite => _parts.Exists(part => part.Command is { IsWrite: true });

    public void AppendLiteral(string words) => _parts.Add((words, null));

    public void AppendFormatted(string words) => _parts.Add((words, null));

    public void AppendFormatted<T>(T number)
        where T : struct, IFormattable => _parts.Add((number.ToString(null, CultureInfo.InvariantCulture), null));

    public void AppendFormatted<T>(T? number)
        where T : struct, IFormattable => _parts.Add((number?.ToString(null, CultureInfo.InvariantCulture) ?? "", null));

    public void AppendFormatted(AdvisedCommand command) => _parts.Add(("", command));

    /// <summary>Returns the advice with its commands in the form that <see cref="AdvisedCommand.ToCommandLine"/> returns.</summary>
    /// <param name="target">The target, as the option <c>--target</c> takes it; null for this host.</param>
    public IEnumerable<AdvicePart> ToCommandLine(string? target) =>
        _parts.SelectMany(part => part.Command?.ToCommandLine(target) ?? [new AdvicePart(part.Words, IsCommand: false)]);

    /// <summary>Returns the advice with its commands as lines of PowerShell.</summary>
    public override string ToString() => string.Concat(_parts.Select(part => part.Command?.Cmdlet ?? part.Words));

    public bool Equals(AdviceText? other) =>
        other is not null && ToString() == other.ToString() && ToCommandLine(null).SequenceEqual(other.ToCommandLine(null));

    public override bool Equals(object? obj) => Equals(obj as AdviceText);

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);
}
