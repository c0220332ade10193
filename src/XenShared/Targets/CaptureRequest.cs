using System.Globalization;

namespace XenShared.Targets;

/// <summary>Specifies the content of a capture of a live host, so that only what is needed is read and transferred.</summary>
public sealed record CaptureRequest
{
    /// <summary>Gets the domains; empty for all.</summary>
    public IReadOnlyList<ushort> DomIds { get; init; } = [];

    /// <summary>Gets the parts to read of each domain.</summary>
    public CaptureParts Parts { get; init; }

    /// <summary>
    /// Gets the maximum time for sampling pages, which distinguishes live <c>vcpu_info</c> slots from frozen copies. With zero, each page
    /// is read once.
    /// </summary>
    public TimeSpan SampleTime { get; init; }

    /// <summary>Gets a value indicating whether to search memory even if a recent search found nothing.</summary>
    public bool SearchAgain { get; init; }

    /// <summary>Gets a value indicating whether to search memory even if that makes Xen populate pages.</summary>
    public bool ForceSearch { get; init; }

    /// <summary>Gets the index of the first page of the P2M tables to read (<see cref="CaptureParts.P2m"/>).</summary>
    public ulong FirstP2mPage { get; init; }

    /// <summary>Gets the number of pages of the P2M tables to read; null for as many as a capture should have.</summary>
    public ulong? P2mPageCount { get; init; }

    /// <summary>Gets the callback for the progress of searches; null for none.</summary>
    public Action<WireMessage>? Progress { get; init; }

    /// <summary>Returns the request as arguments of <c>xenshared capture</c>.</summary>
    internal IEnumerable<string> ToArguments()
    {
        yield return $"--only={Parts.ToString().Replace(" ", "", StringComparison.Ordinal)}";
        yield return string.Create(CultureInfo.InvariantCulture, $"--sample={SampleTime.TotalSeconds:0.###}");
        if (SearchAgain) yield return "--search-again";
        if (ForceSearch) yield return "--force-search";
        if (P2mPageCount is { } pages)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"--first-p2m-page={FirstP2mPage}");
            yield return string.Create(CultureInfo.InvariantCulture, $"--p2m-pages={pages}");
        }
        foreach (var domId in DomIds) yield return string.Create(CultureInfo.InvariantCulture, $"--domid={domId}");
    }
}
