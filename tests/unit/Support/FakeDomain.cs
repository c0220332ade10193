using XenShared.Hypervisor;

namespace XenShared.Tests.Support;

/// <summary>Represents a domain of a <see cref="FakeTarget"/>.</summary>
internal sealed class FakeDomain
{
    public required DomainInfo Reading { get; set; }

    public string? Name { get; init; }

    /// <summary>Gets the samples, which are returned one after the other. The last one is returned again.</summary>
    public List<DomainSample> Samples { get; init; } = [];

    /// <summary>Gets the error that is thrown after the last sample, or immediately if there is no sample.</summary>
    public XenException? PageError { get; init; }

    public PortTable? Ports { get; set; }

    public XenException? PortError { get; init; }

    public Dictionary<string, string> Nodes { get; init; } = [];

    public DeviceTable? Devices { get; set; } = new([]);

    public XenException? DeviceError { get; init; }

    public int SamplesGiven { get; set; }
}
