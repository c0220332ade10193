namespace XenShared;

/// <summary>Represents a part of an advice: words, or a command to run.</summary>
/// <param name="Text">The text of the part.</param>
/// <param name="IsCommand">Whether the text is a command, which must not be broken into lines.</param>
public readonly record struct AdvicePart(string Text, bool IsCommand);
