namespace XenShared.Files.DebugKeys;

/// <summary>
/// Collects the output of Linux's debug interrupt in the log of a guest's kernel. Each vCPU prints everything, one after the other, so a
/// text can contain several outputs. Since Linux 4.9, each word of a bitmap has a line of its own.
/// </summary>
internal sealed class LinuxDebugReader
{
    // So many lines of other parts of the kernel can be between two lines of an output.
    private const int MaximumOthers = 64;

    private readonly UnreadLines _incomplete = new("xen_debug_interrupt");
    private LinuxDebugDump? _current;
    private string _shape = "";
    private int _others;
    private int _count;

    /// <summary>Gets a value indicating whether the next line can belong to an output.</summary>
    public bool CanContinue => _current is not null;

    /// <summary>Gets the last complete output; null if there is none.</summary>
    public LinuxDebugDump? Last { get; private set; }

    /// <summary>Gets remarks, such as that the number of the domain is not known.</summary>
    public IEnumerable<string> Remarks
    {
        get
        {
            if (Last is not null)
                yield return $"Linux does not print the number of its domain; it is shown as {Images.GuestImage.NoDomId}.";
            if (_count > 1) yield return $"There are {_count} outputs of xen_debug_interrupt; the last complete one is shown.";
            if (_incomplete.Remark is { } remark)
                yield return $"{remark.TrimEnd('.')}, because the output that begins there is not complete.";
        }
    }

    /// <summary>Adds a line.</summary>
    /// <returns>True if the line belongs to an output.</returns>
    public bool Read(ConsoleLine line)
    {
        var parsed = LinuxDebugLine.Parse(line.Text);
        if (parsed?.PrintingVcpu is { } vcpu && LoggerPrefix.IsPrefix(parsed.Prefix))
        {
            Finish();
            _current = new LinuxDebugDump(vcpu, line.Number);
            _shape = LoggerPrefix.ShapeOf(parsed.Prefix);
            return true;
        }
        if (_current is not { } current) return false;
        if (parsed is not null) current.Read(parsed);
        else if (!current.ReadWords(line.Text, prefix => LoggerPrefix.ShapeOf(prefix) == _shape))
        {
            if (LoggerPrefix.ShapeOf(line.Text) != _shape && ++_others > MaximumOthers) Finish();
            return false;
        }
        _others = 0;
        return true;
    }

    /// <summary>Ends the present output.</summary>
    public void Finish()
    {
        if (_current is { IsEmpty: false } current)
        {
            _count++;
            if (current.IsComplete) Last = current;
            else _incomplete.Add(current.Number);
        }
        _current = null;
        _others = 0;
    }
}
