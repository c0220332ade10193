using System.CommandLine;
using XenShared.Cli.Commands;
using XenShared.Guests.Locating;

namespace XenShared.Cli.Options;

/// <summary>Adds the options for the source of channel state, and for a search of guest memory that makes Xen allocate memory.</summary>
internal sealed class SourceOption
{
    private readonly Option<ChannelSource> _source;
    private readonly Option<bool> _force;

    /// <summary>
    /// Adds the options to a command. <paramref name="hypervisor"/> permits the source Hypervisor. <paramref name="withForce"/> is false
    /// for a command that has another option <c>--force</c>, for its file.
    /// </summary>
    public SourceOption(Command command, bool hypervisor, bool withForce = true)
    {
        _source = new Option<ChannelSource>("--source", "-s")
        {
            Description = "Where to read: Auto reads the shared page, otherwise guest memory or the own kernel of dom0.",
            DefaultValueFactory = _ => ChannelSource.Auto,
            HelpName = hypervisor ? "Auto|SharedPage|GuestMemory|Kernel|Hypervisor" : "Auto|SharedPage|GuestMemory|Kernel",
        };
        _source.Names();
        if (!hypervisor)
        {
            _source.Validators.Add(result =>
            {
                if (result.Tokens.Any(token =>
                        string.Equals(token.Value, nameof(ChannelSource.Hypervisor), StringComparison.OrdinalIgnoreCase)))
                    result.AddError(
                        "--source Hypervisor shows channels only: Xen prints vCPU records with a debug key that raises an interrupt in "
                            + "every guest.");
            });
        }
        _force = new Option<bool>("--force")
        {
            Description = "Search guest memory even if the search makes Xen populate pages that the guest does not have yet.",
        };
        command.Options.Add(_source);
        if (withForce) command.Options.Add(_force);
    }

    public ChannelSource Source(ParseResult parsed) => parsed.GetValue(_source);

    public LocatorOptions Locate(ParseResult parsed) => new() { Force = parsed.GetValue(_force) };
}
