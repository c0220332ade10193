using System.Text.Json;
using XenShared.Diagnosis;

namespace XenShared.Cli.Output;

/// <summary>
/// Prints the results of the rules: faults as they are found, and what was not judged. Each method returns the exit status.
/// </summary>
internal static class FaultOutput
{
    private const int Width = 74;
    private const int NamedDomains = 12;

    /// <summary>
    /// Prints paragraphs of 80 columns: a headline that is easy to sort and grep, the evidence, and the advice. At the end, each reason for
    /// "not judged" is printed once.
    /// </summary>
    /// <param name="domains">The results of the rules.</param>
    /// <param name="output">The writer.</param>
    /// <param name="target">The target in the commands to run; null for this host.</param>
    public static int WriteText(IEnumerable<DomainDiagnosis> domains, TextWriter output, string? target)
    {
        var status = new FaultStatus();
        var notJudged = new Dictionary<(string Rules, string Reason), List<DomainDiagnosis>>();
        foreach (var domain in domains)
        {
            status.Add(domain);
            foreach (var fault in domain.Faults) Write(fault, output, target);
            foreach (var reason in NotJudged(domain).GroupBy(result => result.Reason ?? "", result => result.Rule))
            {
                var key = (string.Join(", ", reason), reason.Key);
                if (!notJudged.TryGetValue(key, out var same)) notJudged[key] = same = [];
                same.Add(domain);
            }
        }
        foreach (var ((rules, reason), same) in notJudged)
        {
            var heading = TextFormat.Plain($"NOT JUDGED {Names(same)}: {rules}");
            foreach (var (line, index) in DisplayText.Wrap(heading, Width).Select((line, index) => (line, index)))
                output.WriteLine(index == 0 ? line : $"    {line}");
            foreach (var line in DisplayText.Wrap(TextFormat.Plain($"{reason}."), Width)) output.WriteLine($"    {line}");
        }
        return status.Value;
    }

    /// <summary>Prints one JSON object per line: each fault, and each result "not judged".</summary>
    /// <param name="domains">The results of the rules.</param>
    /// <param name="output">The writer.</param>
    /// <param name="target">The target in the commands to run; null for this host.</param>
    public static int WriteJson(IEnumerable<DomainDiagnosis> domains, TextWriter output, string? target)
    {
        var status = new FaultStatus();
        foreach (var domain in domains)
        {
            status.Add(domain);
            foreach (var fault in domain.Faults)
                output.WriteLine(JsonSerializer.Serialize(fault.WithCommandLineAdvice(target), ModelJson.Default.XenFault));
            foreach (var result in NotJudged(domain)) output.WriteLine(JsonSerializer.Serialize(result, ModelJson.Default.XenRuleResult));
        }
        return status.Value;
    }

    private static IEnumerable<XenRuleResult> NotJudged(DomainDiagnosis domain) =>
        domain.Results.Where(result => result.Outcome == RuleOutcome.NotJudged);

    private static string Names(List<DomainDiagnosis> domains) =>
        domains switch
        {
            [var only] => $"domain {only.DomId}{(only.DomainName is { } name ? $" ({name})" : "")}",
            _ =>
                $"domains {string.Join(", ", domains.Take(NamedDomains).Select(domain => domain.DomId))}"
                    + (domains.Count > NamedDomains ? $" and {domains.Count - NamedDomains} more" : ""),
        };

    private static void Write(XenFault fault, TextWriter output, string? target)
    {
        var place =
            (fault.Port is { } port ? $" port {TextFormat.Number<uint>(port)}" : "")
            + (fault.Vcpu is { } vcpu ? $" vCPU {TextFormat.Number<int>(vcpu)}" : "");
        var severity = TerminalColor.Apply(fault.Severity, fault.Severity.ToString().ToUpperInvariant());
        var domain = $"domain {fault.DomId}{(fault.DomainName is { } name ? $" ({name})" : "")}";
        output.WriteLine($"{severity} {TextFormat.Plain($"{fault.Rule}: {domain}{place}")}");
        foreach (var line in DisplayText.Wrap(TextFormat.Plain(fault.Evidence), Width))
            output.WriteLine($"    {line}");
        AdviceLines.Write(fault.GetCommandLineAdvice(target), output);
    }
}
