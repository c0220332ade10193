using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>
/// Executes requests. For a remote host, the <c>xenshared</c> there executes them, and this program requests confirmation, shows the pokes
/// and writes the audit log.
/// </summary>
public sealed class PokeRunner(IXenDataSource target, IPokeObserver observer)
{
    /// <summary>Gets the options of the pokes.</summary>
    public PokeOptions Options { get; init; } = new();

    /// <summary>Executes a request.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeRefused"/>, <see cref="XenErrorId.PokeLostRace"/>,
    /// <see cref="XenErrorId.EventChannelNotFound"/>, <see cref="XenErrorId.WaitTimedOut"/>: the guest has not handled the event of a
    /// repair; and those of the target.</exception>
    public void Run(PokeRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Validate();
        if (target.IsRemote)
        {
            RemotePoke.Run(target, observer, Options.LogPath, request, cancellation);
            return;
        }
        var run = new PokeExecutor(target, observer, request, Options);
        switch (request)
        {
            case SetPortRequest port:
                ChannelPoke.Execute(run, port, cancellation);
                break;
            case SetVcpuRequest vcpu:
                VcpuPoke.Execute(run, vcpu, cancellation);
                break;
            case SetFieldRequest field:
                FieldPoke.Execute(run, field, cancellation);
                break;
            case SetWallClockRequest clock:
                FieldPoke.Execute(run, clock, cancellation);
                break;
            case SendEventRequest sent:
                EventSend.Execute(run, sent, cancellation);
                break;
            case RepairPortRequest repair:
                run.RunSequence(() => ChannelRepair.Execute(run, repair, cancellation));
                break;
            case UndoPokeRequest undo:
                PokeUndo.Execute(run, undo, cancellation);
                break;
            default:
                throw new ArgumentException($"{request.GetType().Name} is not a kind of request.", nameof(request));
        }
    }
}
