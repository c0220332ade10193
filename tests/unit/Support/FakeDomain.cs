using XenShared.Hypervisor;

namespace XenShared.Tests.Support;

/// <summary>A domain of a <see cref="FakeTarget"/>.</summary>
internal sealed class FakeDomain
{
    public required DomainInfo Reading { get; set; }

    public string? Name { get; init; }

    /// <summary>Given out one after the other; the last one again and again.</summary>
    public List<DomainSample> Samples { get; init; } = [];

    /// <summary>Thrown once the samples are used up, or at once without any.</summary>
    public XenException? PageError { get; init; }

    public PortTable? Ports { get; set; }

    public XenException? PortError { get; init; }

    public Dictionary<string, string> Nodes { get; init; } = [];

    public int SamplesGiven { get; set; }
}
