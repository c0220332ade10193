using System.Security.Cryptography;
using System.Text;

namespace XenShared.Reports.Html;

/// <summary>
/// Writes a report as one HTML file: no script, nothing from the network, accessible on screens, with screen readers and on paper.
/// </summary>
public static class HtmlReport
{
    private static readonly string s_style = ReadStyle();

    // The content security policy lets a browser load nothing but the style sheet of the page and embedded images. So a script or a link to
    // a file in the text of a guest would have no effect, even if the text were not encoded.
    private static readonly string s_policy =
        $"default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; style-src "
            + $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(s_style)))}'";

    /// <summary>Writes the report as UTF-8, and leaves the stream open.</summary>
    public static void Write(HostReport report, Stream output)
    {
        ArgumentNullException.ThrowIfNull(report);
        using var writer = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        writer.Write("<!DOCTYPE html>\n");
        var html = new HtmlWriter(writer);
        using (html.Element("html", ("lang", "en")))
        {
            html.Line();
            WriteHead(html, report);
            WriteBody(html, report);
        }
        html.Line();
    }

    private static void WriteHead(HtmlWriter html, HostReport report)
    {
        using (html.Element("head"))
        {
            html.Void("meta", ("charset", "utf-8"));
            html.Void("meta", ("http-equiv", "Content-Security-Policy"), ("content", s_policy));
            html.Void("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
            html.Void("meta", ("name", "color-scheme"), ("content", "light dark"));
            html.Void("meta", ("name", "generator"), ("content", Generator()));
            html.Void("link", ("rel", "icon"), ("href", "data:,"));
            html.Line();
            html.Element(
                "title",
                report.TakenAt is { } time
                    ? $"{report.Host.HostName}: Xen report of {HtmlFormat.Time(time)}"
                    : $"{report.Host.HostName}: Xen report");
            html.Line();
            html.Style(s_style);
        }
        html.Line();
    }

    private static void WriteBody(HtmlWriter html, HostReport report)
    {
        using (html.Element("body"))
        {
            html.Element("a", "Skip to the faults", ("class", "skip"), ("href", "#faults"));
            html.Line();
            HostPart.WriteHeader(html, report);
            using (html.Element("main"))
            {
                html.Line();
                FaultPart.Write(html, report);
                HostPart.WriteDomains(html, report);
                foreach (var domain in report.Domains) DomainPart.Write(html, domain);
                HostPart.WriteNotes(html, report);
            }
            html.Line();
            html.Element("footer", $"{Generator()}. Names and devices come from the guests and their toolstack. Times are UTC.");
            html.Line();
        }
        html.Line();
    }

    private static string Generator() => $"Written by XenShared {typeof(HtmlReport).Assembly.GetName().Version?.ToString(3)}";

    private static string ReadStyle()
    {
        using var resource = typeof(HtmlReport).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(resource, Encoding.UTF8);
        return "\n" + reader.ReadToEnd();
    }
}
