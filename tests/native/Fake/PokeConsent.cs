using XenShared.Poking;

namespace XenShared.Native.Tests.Fake;

/// <summary>Confirms or declines every poke, and keeps the records of the pokes that were made.</summary>
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
        // The tests check only the pokes that were made.
    }
}
