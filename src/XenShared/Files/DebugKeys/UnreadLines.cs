namespace XenShared.Files.DebugKeys;

/// <summary>Counts the lines of an output that could not be read.</summary>
/// <param name="output">The name of the output.</param>
internal sealed class UnreadLines(string output)
{
    private readonly List<int> _numbers = [];
    private int _count;

    /// <summary>Gets a remark with the numbers of the first lines; null if all lines were read.</summary>
    public string? Remark
    {
        get
        {
            if (_count == 0) return null;
            var more = _count > _numbers.Count ? $" and {_count - _numbers.Count} more" : "";
            return $"{(_count == 1 ? "Line" : "Lines")} {string.Join(", ", _numbers)}{more} of {output} could not be read.";
        }
    }

    /// <summary>Adds a line.</summary>
    /// <param name="number">The number of the line in the text.</param>
    public void Add(int number)
    {
        _count++;
        if (_numbers.Count < ConsoleLogReader.MaximumUnreadLines) _numbers.Add(number);
    }
}
