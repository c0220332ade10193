using System.CommandLine;
using XenShared.Cli.Options;
using XenShared.Poking;

namespace XenShared.Cli.Commands;

internal static class SendCommand
{
    public static Command Create()
    {
        var command = new Command(
            "send",
            "Raise a real event at a port of a domain, by sending on the control domain's end of the channel.");
        var port = new Option<uint>("--port", "-p")
        {
            Description = "The domain's port.",
            Required = true,
            HelpName = "N",
        };
        command.Options.Add(port.Range(0u, uint.MaxValue));
        var options = new PokeOptionSet(command, isPoke: false);
        options.SetAction(command, (parsed, _) =>
            [new SendEventRequest { DomId = options.DomId(parsed), Port = parsed.GetValue(port) }]);
        return command;
    }
}
