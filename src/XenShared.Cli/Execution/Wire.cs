using System.CommandLine;
using XenShared.Files;
using XenShared.Guests.Memory;
using XenShared.Poking;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Targets.Remote;

namespace XenShared.Cli.Execution;

/// <summary>
/// Communicates with the program at the other end of an SSH connection. Each message is a line of JSON; answers to prompts arrive on
/// standard input.
/// </summary>
internal sealed class Wire : IQueryObserver, IPokeObserver
{
    private readonly TextWriter _output;

    // The error that occurred while sending, after which nothing more is sent; null while the connection is usable.
    private Exception? _failure;

    /// <summary>Sends the first message, which contains the version of the protocol.</summary>
    public Wire(TextWriter output)
    {
        _output = output;
        // The program at the other end keeps standard input open while it waits for a result. The operating system closes standard input
        // when that program ends for any reason. So the end of standard input ends this program too.
        Termination.EndWithInput();
        Send(WireProtocol.CreateHello());
    }

    /// <summary>Returns the option that selects this protocol.</summary>
    public static Option<bool> CreateOption() =>
        new("--wire")
        {
            Description = "Exchange messages with the xenshared or the module at the other end of an SSH connection.",
            Hidden = true,
        };

    /// <summary>Gets the most severe exit status so far.</summary>
    public int Status { get; private set; }

    /// <summary>Runs <paramref name="work"/>, and sends its outcome.</summary>
    public int Run(Action<Wire> work)
    {
        try
        {
            work(this);
            if (Status == 0) Send(new WireMessage { Kind = WireMessage.End });
        }
        catch (XenException error)
        {
            Fail(error);
        }
        catch (OperationCanceledException) when (Termination.Token.IsCancellationRequested)
        {
            return Termination.Status;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A file or the connection failed. The connection may be unusable for messages, so the error is written as plain text to
            // standard error, which the program at the other end also reads.
            return QueryRun.Fail(error);
        }
        return _failure switch
        {
            null => Status,
            IOException and not BrokenPipeException => QueryRun.Fail(_failure),
            _ => ExitStatus.BrokenPipe,
        };
    }

    public void Warn(QueryWarning warning) =>
        Send(
            new WireMessage
            {
                Kind = WireMessage.Warning,
                Id = warning.Id,
                DomId = warning.DomId,
                Message = warning.Message,
            });

    public void Warn(string message) => Send(new WireMessage { Kind = WireMessage.Warning, Message = message });

    public void Fail(XenException exception)
    {
        Send(WireMessage.From(exception));
        Status = Math.Max(Status, ExitStatus.From(exception.Id));
    }

    public void Report(ScanProgress progress) =>
        Send(
            new WireMessage
            {
                Kind = WireMessage.Progress,
                DomId = progress.DomId,
                DomainName = progress.Name,
                Done = progress.Done,
                Total = progress.Total,
                Seconds = progress.Elapsed.TotalSeconds,
            });

    public bool Confirm(PokeProposal proposal)
    {
        Termination.EndWrite();
        Send(
            new WireMessage
            {
                Kind = WireMessage.Proposal,
                DomId = proposal.DomId,
                DomainName = proposal.DomainName,
                Changes = proposal.Changes,
                Details = proposal.Details,
                Intents = proposal.Intents,
            });
        // If sending has failed, the other end has not received the prompt and cannot answer it, so the change is not confirmed.
        if (_failure is not null || new InputLines(Console.In, "The other end").ReadLine() != "yes") return false;
        Termination.BeginWrite();
        return true;
    }

    public void Done(XenPoke poke) => Send(new WireMessage { Kind = WireMessage.Poked, Poke = poke });

    // Sends a message. This method can run between two writes of one change. An error of the connection must not leave the change
    // incomplete, so the error is stored in _failure and not thrown.
    private void Send(WireMessage line)
    {
        if (_failure is not null) return;
        try
        {
            _output.WriteLine(line);
            _output.Flush();
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            _failure = error;
        }
    }
}
