using System.CommandLine;
using System.IO.Enumeration;
using XenShared.Cli.Execution;
using XenShared.Cli.Options;
using XenShared.Cli.Output;
using XenShared.Diagnosis;
using XenShared.Diagnosis.Rules;
using XenShared.Queries;

namespace XenShared.Cli.Commands;

internal static class FaultsCommand
{
    private const int MaximumSamples = 1000;

    // The largest value of --interval: one hour in milliseconds. A larger value is probably meant in another unit, so it is rejected.
    private const int LongestInterval = 3_600_000;

    public static Command Create()
    {
        var command = new Command(
            "faults",
            "Find what is wrong with domains. Exit status 0: no rule found a fault; 1: a fault was found; 6: nothing could be judged. What "
                + "was not judged is listed with the reason.");
        var options = new QueryOptions(command);
        var rules = new Option<string[]>("--rule")
        {
            Description = "Only faults of these rules, with * and ?.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "RULE",
        };
        rules.CompletionSources.Add(_ => FaultRules.Names.Select(name => new System.CommandLine.Completions.CompletionItem(name)));
        var severities = new Option<FaultSeverity[]>("--severity")
        {
            Description = "Only faults of these severities.",
            AllowMultipleArgumentsPerToken = true,
        };
        var references = new Option<string[]>("--reference")
        {
            Description = "Earlier captures of the same host, to compare with.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "FILE",
        };
        var samples = new Option<int>("--samples")
        {
            Description = "The number of samples of a live host. A file is read once; each dump of a console log is a sample.",
            DefaultValueFactory = _ => FaultQuery.DefaultSampleCount,
            HelpName = "N",
        };
        var interval = new Option<int>("--interval")
        {
            Description = "Milliseconds between two samples.",
            DefaultValueFactory = _ => (int)FaultQuery.DefaultInterval.TotalMilliseconds,
            HelpName = "MS",
        };
        var xen = new Option<bool>("--ask-xen")
        {
            Description = "With each sample, read channels whose state is not known otherwise from Xen, which writes them to its log.",
        };
        var noPause = new Option<bool>("--no-pause")
        {
            Description = "Do not read the processor states of domains with a waiting event; Xen pauses each vCPU for microseconds for it.",
        };
        rules.Text(pattern =>
            FaultRules.Names.Any(name => Matches(pattern, name))
                ? null
                : $"There is no rule {OptionValues.Quote(pattern)}; the rules are {string.Join(", ", FaultRules.Names)}.");
        foreach (var option in new Option[]
            {
                rules,
                severities.Names(),
                references.Text(),
                samples.Range(1, MaximumSamples),
                interval.Range(0, LongestInterval),
                xen,
                noPause,
            })
            command.Options.Add(option);
        command.Together(result =>
            options.IsCsv(result) ? "faults prints a table or json, because faults and results of rules have different columns." : null);
        command.SetAction(parsed =>
            QueryRun.RunForStatus(observer =>
            {
                using var opened = new OpenedTargets(options, parsed, parsed.GetValue(references) ?? [], Termination.Token);
                var query = new FaultQuery(opened.Target, observer)
                {
                    Rules =
                    [
                        .. FaultRules.Names.Where(name =>
                            parsed.GetValue(rules) is { Length: > 0 } patterns && Array.Exists(patterns, pattern => Matches(pattern, name))
                        ),
                    ],
                    Severities = parsed.GetValue(severities) ?? [],
                    References = opened.References,
                    UsesHypervisor = parsed.GetValue(xen),
                    PausesVcpus = !parsed.GetValue(noPause),
                    SampleCount = parsed.GetValue(samples),
                    Interval = TimeSpan.FromMilliseconds(parsed.GetValue(interval)),
                };
                var isEmpty = true;
                var domains = query
                    .Diagnose(options.Selection(parsed), Termination.Token)
                    .Select(domain =>
                    {
                        isEmpty = false;
                        return domain;
                    });
                var target = options.PokeTarget(parsed);
                var status = options.Format(parsed) == OutputFormat.Json
                    ? FaultOutput.WriteJson(domains, Console.Out, target)
                    : FaultOutput.WriteText(domains, Console.Out, target);
                if (isEmpty)
                    observer.Warn(
                        new QueryWarning(null, XenErrorId.DomainNotFound, $"There is no domain to judge on {opened.Target.DisplayName}."));
                return status;
            }));
        return command;
    }

    private static bool Matches(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: true);
}
