using XenShared.Poking;

namespace XenShared.Tests.Poking;

/// <summary>Confirms or declines pokes, and records what it receives.</summary>
internal sealed class RecordingPokes : IPokeObserver
{
    public bool Agrees { get; init; } = true;

    public List<PokeProposal> Proposals { get; } = [];

    public List<XenPoke> Pokes { get; } = [];

    public List<string> Warnings { get; } = [];

    public Action? OnConfirm { get; init; }

    public bool Confirm(PokeProposal proposal)
    {
        Proposals.Add(proposal);
        OnConfirm?.Invoke();
        return Agrees;
    }

    public Action? OnDone { get; init; }

    public void Done(XenPoke poke)
    {
        OnDone?.Invoke();
        Pokes.Add(poke);
    }

    public void Warn(string message) => Warnings.Add(message);
}
