using System.Management.Automation;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.Parameters;
using XenShared.Queries;

namespace XenShared.PowerShell.Commands;

/// <summary>Compares copies of shared pages, field by field.</summary>
[Cmdlet(VerbsData.Compare, "XenSharedInfo")]
[OutputType(typeof(XenSharedInfoDifference))]
public sealed class CompareXenSharedInfoCommand : XenCmdletBase
{
    private WildcardPattern[] _fields = [];

    /// <summary>
    /// Gets the earlier pages, as Get-XenSharedInfo returned them. A single page is compared with every page of
    /// <see cref="DifferenceObject"/>. Several pages are matched by domain.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [SharedInfoTransformation]
    public XenSharedInfo[] ReferenceObject { get; set; } = [];

    /// <summary>Gets the pages to compare with the earlier pages.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [SharedInfoTransformation]
    public XenSharedInfo?[]? DifferenceObject { get; set; }

    /// <summary>Gets the fields to compare, such as wc_* or evtchn_pending*. A backtick escapes a bracket in a name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PokeFieldCompleter))]
    public string[] Field { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void BeginProcessing() =>
        _fields = Array.ConvertAll(Field, field =>
            WildcardPattern.Get(field, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant));

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var page in (DifferenceObject ?? []).OfType<XenSharedInfo>())
        {
            if (Cancellation.IsCancellationRequested) return;
            if (Reference(page) is not { } reference) continue;
            foreach (var difference in SharedInfoComparison.Compare(reference, page))
            {
                if (Array.Exists(_fields, field => field.IsMatch(difference.Field))) WriteObject(difference);
            }
        }
    }

    private XenSharedInfo? Reference(XenSharedInfo page)
    {
        if (ReferenceObject is [var only]) return only;
        var same = Array.FindAll(ReferenceObject, info => info.DomId == page.DomId);
        if (same.Length > 1)
            same = Array.FindAll(same, info => info.HostName == page.HostName);
        if (same.Length == 1)
            return same[0];
        WriteError(
            ErrorRecords.FromUse(
                "ReferenceNotFound",
                ErrorCategory.ObjectNotFound,
                $"{(same.Length == 0 ? "No page" : $"{same.Length} pages")} of domain {page.DomId} {(same.Length == 0 ? "is" : "are")} "
                    + $"among the reference objects.",
                "Give one reference for each domain.",
                page.DomId));
        return null;
    }
}
