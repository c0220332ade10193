using XenShared.Poking;

namespace XenShared.Native.Tests.Fake;

/// <summary>Agrees to every poke, or to none, and keeps what was done.</summary>
internal sealed class PokeConsent(bool agrees = true) : IPokeObserver
{
    public List<XenPoke> Pokes { get; } = [];

    /// <summary>Runs after each change.</summary>
    public Action<XenPoke>? OnDone { get; init; }

    public bool Confirm(PokeProposal proposal) => agrees;

    public void Done(XenPoke poke)
    {
        Pokes.Add(poke);
        OnDone?.Invoke(poke);
    }

    public void Warn(string message)
    {
        // What was done is all that is looked at.
    }
}
