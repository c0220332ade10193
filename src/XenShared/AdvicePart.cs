namespace XenShared;

/// <summary>Represents a part of advice: words, or a command to run.</summary>
/// <param name="Text">The text of the part.</param>
/// <param name="IsCommand">Whether the text is a command, which must stay on one line so that a user can copy it.</param>
public readonly record struct AdvicePart(string Text, bool IsCommand)
{
    /// <summary>Gets the text of the part.</summary>
    public string Text { get; } = Text;

    /// <summary>Gets a value indicating whether the text is a command, which must stay on one line so that a user can copy it.</summary>
    public bool IsCommand { get; } = IsCommand;
}
