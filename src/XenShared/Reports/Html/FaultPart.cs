namespace XenShared.Reports.Html;

/// <summary>Writes the faults, the most severe first. They are the first part of a report, because readers look for them.</summary>
internal static class FaultPart
{
    private const int NamedRanges = 32;

    public static void Write(HtmlWriter html, HostReport report)
    {
        using (html.Element("section", ("aria-labelledby", "faults")))
        {
            html.Line();
            html.Element("h2", "Faults", ("id", "faults"), ("tabindex", "-1"));
            html.Line();
            var faults = report.Faults.ToArray();
            if (faults.Length > 0)
                WriteList(html, faults);
            else if (!report.IsAnyJudged)
                html.Element("p", "No rule could judge any domain, so it is not known whether there are faults.", ("class", "fault"));
            else
                html.Element(
                    "p",
                    "No rule found a fault in the data that it could judge.",
                    ("class", report.Domains.All(domain => domain.IsJudged) ? "fault good" : "fault"));
            html.Line();
            WriteNotJudged(html, report);
        }
        html.Line();
    }

    // Writes why rules could not judge domains. Each reason is written once with a list of its domains, because most reasons apply to many.
    private static void WriteNotJudged(HtmlWriter html, HostReport report)
    {
        var reasons = report
            .Domains.SelectMany(domain =>
                domain
                    .Results.Where(result => result.Outcome == RuleOutcome.NotJudged)
                    .GroupBy(result => result.Reason ?? "", result => result.Rule)
                    .Select(reason => (domain.Domain.DomId, Rules: string.Join(", ", reason), Reason: reason.Key)))
            .GroupBy(entry => (entry.Rules, entry.Reason), entry => entry.DomId)
            .ToArray();
        if (reasons.Length == 0) return;
        html.Element("h3", "Not judged");
        html.Line();
        html.Element("p", "These rules lack data about these domains, so the absence of a fault means nothing.");
        html.Line();
        using (html.Element("ul"))
        {
            foreach (var reason in reasons)
            {
                var domains = HtmlFormat.Ports(reason.Select(domId => (uint)domId), NamedRanges);
                html.Element("li", $"Domain {domains}: {reason.Key.Rules}. Reason: {reason.Key.Reason}.");
                html.Line();
            }
        }
        html.Line();
    }

    /// <summary>Returns the name of a severity in the style sheet.</summary>
    public static string ClassOf(FaultSeverity severity) =>
        severity switch
        {
            FaultSeverity.Critical => "critical",
            FaultSeverity.Warning => "warning",
            _ => "information",
        };

    private static void WriteList(HtmlWriter html, IEnumerable<XenFault> faults)
    {
        using (html.Element("ol", ("class", "faults")))
        {
            html.Line();
            foreach (var fault in faults) Write(html, fault);
        }
    }

    private static void Write(HtmlWriter html, XenFault fault)
    {
        var name = ClassOf(fault.Severity);
        using (html.Element("li", ("class", $"fault {name}")))
        {
            using (html.Element("h3"))
            {
                html.Element("span", fault.Severity.ToString(), ("class", $"badge {name}"));
                html.Text(" ");
                html.Element("a", Where(fault), ("href", $"#domain-{HtmlFormat.Id(fault.DomId)}"));
                html.Text(" ");
                html.Element("code", fault.Rule);
            }
            html.Element("p", fault.Evidence);
            using (html.Element("p"))
            {
                html.Element("strong", "What to do:");
                html.Text(" ");
                WriteAdvice(html, fault);
            }
        }
        html.Line();
    }

    // Writes each recommended command twice, as a cmdlet and as a command line, because a reader may have only one of the two programs.
    private static void WriteAdvice(HtmlWriter html, XenFault fault)
    {
        if (fault.AdviceText is not { } advice)
        {
            html.Text(fault.Advice);
            return;
        }
        foreach (var (words, command) in advice.Parts)
        {
            if (command is null)
            {
                html.Text(words);
                continue;
            }
            WriteCommand(html, command.Cmdlet);
            if (command.CommandLine is not { } line) continue;
            html.Text(" or ");
            WriteCommand(html, line);
        }
    }

    // The command stays on one line. If it is too long, the line can be scrolled, also with the keyboard (tabindex).
    private static void WriteCommand(HtmlWriter html, string line) =>
        html.Element("code", line, ("class", "command"), ("tabindex", "0"));

    private static string Where(XenFault fault)
    {
        var domain = $"Domain {HtmlFormat.Id(fault.DomId)}{(fault.DomainName is { } name ? $" ({name})" : "")}";
        var vcpu = fault.Vcpu is { } number ? $", vCPU {HtmlFormat.Id(number)}" : "";
        return fault.Port is { } port ? $"{domain}{vcpu}, port {HtmlFormat.Id(port)}" : domain + vcpu;
    }
}
