using System.CommandLine;
using XenShared.Files;
using XenShared.Guests.Memory;
using XenShared.Poking;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Targets.Remote;

namespace XenShared.Cli.Execution;

/// <summary>
/// Speaks with the program at the other end of an SSH connection: each thing is a line of JSON, and questions are answered on standard
/// input.
/// </summary>
internal sealed class Wire : IQueryObserver, IPokeObserver
{
    private readonly TextWriter _output;

    // What ended the connection; null while it can be written to.
    private Exception? _failure;

    /// <summary>Begins with what the other end needs to know first.</summary>
    public Wire(TextWriter output)
    {
        _output = output;
        // The other end keeps it open as long as it waits for an answer, and the system closes it when that program ends, however it does.
        Termination.EndWithInput();
        Send(WireProtocol.CreateHello());
    }

    /// <summary>Returns the option that asks for it.</summary>
    public static Option<bool> CreateOption() =>
        new("--wire") { Description = "Speak with another xenshared, or the PowerShell module, at the other end of an SSH connection." };

    /// <summary>Gets the gravest exit status so far.</summary>
    public int Status { get; private set; }

    /// <summary>Runs <paramref name="work"/>, and tells how it ended.</summary>
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
            // A file, or the connection itself: the other end reads standard error too.
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
                Intents = proposal.Intents,
            });
        // A connection that ended is a no.
        if (_failure is not null || new InputLines(Console.In, "The other end").ReadLine() != "yes") return false;
        Termination.BeginWrite();
        return true;
    }

    public void Done(XenPoke poke) => Send(new WireMessage { Kind = WireMessage.Poked, Poke = poke });

    // A connection that ended does not end a sequence of writes that has begun.
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
