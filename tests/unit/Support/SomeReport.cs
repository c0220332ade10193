using System.Text;
using System.Xml;
using System.Xml.Linq;
using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Reports;
using XenShared.Reports.Html;
using XenShared.Targets;

namespace XenShared.Tests.Support;

/// <summary>Creates reports for tests, from invented data or from a capture, and their HTML pages.</summary>
internal static class SomeReport
{
    public static string Capture(string name) => Path.Combine(AppContext.BaseDirectory, "data", name);

    public static HostReport Create(IXenDataSource target) =>
        new HostReportQuery(target, new RecordingObserver()).Run(DomainSelection.All)!;

    public static HostReport FromCapture(string name = "bookworm-quick.xencap")
    {
        using var target = CaptureTarget.Open(Capture(name));
        return Create(target);
    }

    /// <summary>Creates the report of a host with one domain, which has these channels and faults.</summary>
    public static HostReport With(string name, IEnumerable<XenEventChannel> channels, params IReadOnlyList<XenFault> faults) =>
        new()
        {
            Host = new HostInfo("host", new XenVersion(4, 17, ".7"), "x86_64"),
            Source = "a test",
            TakenAt = Some.Start,
            Domains =
            [
                new DomainReport
                {
                    Domain = new XenDomain
                    {
                        DomId = 5,
                        Name = name,
                        AbiEvidence = name,
                    },
                    Cells = ChannelMapCell.CreateMap(channels),
                    Faults = faults,
                    Notes = [new ReportNote(5, name)],
                },
            ],
            Notes = [new ReportNote(null, name)],
        };

    public static XenEventChannel Channel(
        uint port,
        bool? pending = false,
        bool? masked = false,
        ChannelState? state = ChannelState.Ipi,
        ushort domId = 5
    ) =>
        new()
        {
            DomId = domId,
            DomainName = "guest",
            Port = port,
            State = state,
            Pending = pending,
            Masked = masked,
            HostName = "host",
        };

    public static XenFault Fault(
        FaultSeverity severity = FaultSeverity.Critical,
        uint? port = 3,
        string rule = "LostWakeup",
        string text = "Port 3 waits."
    ) =>
        new()
        {
            DomId = 5,
            DomainName = "guest",
            Port = port,
            Rule = rule,
            Severity = severity,
            Evidence = text,
            Advice = text,
            HostName = "host",
            TakenAt = Some.Start,
        };

    public static string Html(HostReport report)
    {
        using var stream = new MemoryStream();
        HtmlReport.Write(report, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Returns the HTML page as a tree. It is well-formed XML as well.</summary>
    public static XElement Page(HostReport report)
    {
        using var reader = XmlReader.Create(new StringReader(Html(report)), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader).Root!;
    }

    /// <summary>Returns the elements with a class.</summary>
    public static IEnumerable<XElement> OfClass(XElement page, string name) =>
        page.Descendants().Where(element => ((string?)element.Attribute("class"))?.Split(' ').Contains(name) == true);
}
