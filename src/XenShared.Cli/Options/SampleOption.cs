using System.CommandLine;
using XenShared.Cli.Commands;

namespace XenShared.Cli.Options;

/// <summary>Adds the option for the sampling time that distinguishes live vCPU records from frozen ones.</summary>
internal sealed class SampleOption
{
    /// <summary>The maximum of options for the time of sampling, in seconds.</summary>
    public const double MaximumSeconds = 3600;

    private readonly Option<double> _seconds;

    public SampleOption(Command command, TimeSpan standard)
    {
        _seconds = new Option<double>("--sample")
        {
            Description =
                "Maximum time to sample the page, to distinguish live vCPU records from frozen ones; about 3 s are needed, 0 reads once.",
            DefaultValueFactory = _ => standard.TotalSeconds,
            HelpName = "SECONDS",
        };
        command.Options.Add(_seconds.Range(0, MaximumSeconds));
    }

    public TimeSpan Time(ParseResult parsed) => TimeSpan.FromSeconds(parsed.GetValue(_seconds));
}
