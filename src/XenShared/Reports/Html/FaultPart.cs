namespace XenShared.Reports.Html;

/// <summary>What is wrong, the gravest first: it stands first because it is what is looked for.</summary>
internal static class FaultPart
{
    public static void Write(HtmlWriter html, HostReport report)
    {
        using (html.Element("section", ("aria-labelledby", "faults")))
        {
            html.Line();
            html.Element("h2", "Faults", ("id", "faults"), ("tabindex", "-1"));
            html.Line();
            var faults = report.Faults.ToArray();
            if (faults.Length == 0) html.Element("p", "No rule found anything wrong. That covers what the rules know, and the domains whose state is known.", ("class", "fault good"));
            else WriteList(html, faults);
            html.Line();
        }
        html.Line();
    }

    /// <summary>How the style sheet calls a severity.</summary>
    public static string ClassOf(FaultSeverity severity) => severity switch { FaultSeverity.Critical => "critical", FaultSeverity.Warning => "warning", _ => "information" };

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
                html.Element("a", Where(fault), ("href", $"#domain-{Wording.Id(fault.DomId)}"));
                html.Text(" ");
                html.Element("code", fault.Rule);
            }
            html.Element("p", fault.Evidence);
            using (html.Element("p"))
            {
                html.Element("strong", "What to do:");
                html.Text($" {fault.Advice}");
            }
        }
        html.Line();
    }

    private static string Where(XenFault fault)
    {
        var domain = $"Domain {Wording.Id(fault.DomId)}{(fault.DomainName is { } name ? $" ({name})" : "")}";
        var vcpu = fault.Vcpu is { } number ? $", vCPU {Wording.Id(number)}" : "";
        return fault.Port is { } port ? $"{domain}{vcpu}, port {Wording.Id(port)}" : domain + vcpu;
    }
}
