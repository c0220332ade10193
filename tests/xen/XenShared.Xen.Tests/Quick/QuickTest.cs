using XenShared.Xen.Tests.Bed;

namespace XenShared.Xen.Tests.Quick;

/// <summary>Provides the host with the quick guests for a test.</summary>
[Collection(QuickCollection.Name)]
public abstract class QuickTest
{
    private protected QuickTest(QuickBed bed) => Bed = bed;

    private protected QuickBed Bed { get; }
}
