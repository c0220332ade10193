namespace XenShared.Cli.Output;

/// <summary>Faults as paragraphs of 80 columns: a headline that sorts and greps well, then what was seen, and what to do.</summary>
internal static class FaultText
{
    private const int Width = 74;

    public static int Write(IEnumerable<XenFault> faults, TextWriter output)
    {
        var count = 0;
        foreach (var fault in faults)
        {
            var place = (fault.Port is { } port ? $" port {Words.Number<uint>(port)}" : "") + (fault.Vcpu is { } vcpu ? $" vCPU {Words.Number<int>(vcpu)}" : "");
            output.WriteLine(Words.Plain($"{fault.Severity.ToString().ToUpperInvariant()} {fault.Rule}: domain {fault.DomId}{(fault.DomainName is { } name ? $" ({name})" : "")}{place}"));
            foreach (var line in Words.Wrapped(Words.Plain(fault.Evidence), Width)) output.WriteLine($"    {line}");
            foreach (var (line, index) in Words.Wrapped(Words.Plain(fault.Advice), Width - 3).Select((line, index) => (line, index)))
                output.WriteLine($"    {(index == 0 ? "->" : "  ")} {line}");
            count++;
        }
        return count;
    }
}
