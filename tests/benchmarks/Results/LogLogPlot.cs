using System.Globalization;
using System.Text;

namespace XenShared.Benchmarks.Results;

/// <summary>Draws lines in a plot with logarithmic axes, as SVG. A cost that grows with the size is parallel to the dashed lines.</summary>
internal sealed class LogLogPlot(string title, string xLabel, string yLabel)
{
    private const int Width = 760;
    private const int Height = 460;
    private const int Left = 80;
    private const int Right = 170;
    private const int Top = 40;
    private const int Bottom = 50;
    private const double LabelDistance = 15;

    // Colours that stay apart for colour-blind readers (Okabe and Ito); the marks differ too.
    private static readonly string[] s_colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#9a6a00"];

    private readonly List<(string Name, double[] X, double[] Y)> _lines = [];

    /// <summary>Adds a line. Points that are not positive have no place on logarithmic axes and are left out.</summary>
    public void Add(string name, IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        var points = x.Zip(y).Where(point => point is { First: > 0, Second: > 0 }).ToArray();
        if (points.Length > 0)
            _lines.Add((name, Array.ConvertAll(points, point => point.First), Array.ConvertAll(points, point => point.Second)));
    }

    /// <summary>Returns the SVG text.</summary>
    public string Draw()
    {
        var (firstX, lastX) = Decades(_lines.SelectMany(line => line.X));
        var (firstY, lastY) = Decades(_lines.SelectMany(line => line.Y));
        var svg = new StringBuilder();
        svg.Append(Text($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" """));
        svg.Append(Text($"""font-size="12"><title>{title}</title><rect width="{Width}" height="{Height}" fill="#fff"/>"""));
        svg.Append(Text($"""<text x="{Left}" y="22" font-size="15">{title}</text>""")).Append('\n');
        for (var decade = firstX; decade <= lastX; decade++)
        {
            svg.Append(Line(X(decade), Top, X(decade), Height - Bottom, "#ddd"));
            svg.Append(Label(X(decade), Height - Bottom + 16, "middle", Number(decade)));
        }
        for (var decade = firstY; decade <= lastY; decade++)
        {
            svg.Append(Line(Left, Y(decade), Width - Right, Y(decade), "#ddd"));
            svg.Append(Label(Left - 6, Y(decade) + 4, "end", Number(decade)));
            // y = x times a constant, up to the end of the axes.
            var end = Math.Min(lastX, firstX + lastY - decade);
            if (end > firstX) svg.Append(Line(X(firstX), Y(decade), X(end), Y(decade + end - firstX), "#bbb", "stroke-dasharray='4 4'"));
        }
        svg.Append(Label((Left + Width - Right) / 2.0, Height - 12, "middle", xLabel));
        var middle = (Top + Height - Bottom) / 2;
        svg.Append(Text($"""<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle">{yLabel}</text>"""));
        svg.Append('\n');
        var labels = new List<double>();
        foreach (var (line, index) in _lines.Select((line, index) => (line, index)).OrderBy(one => -one.line.Y[^1]))
        {
            var points = line.X.Zip(line.Y, (x, y) => (X: X(Math.Log10(x)), Y: Y(Math.Log10(y)))).ToArray();
            var colour = s_colours[index % s_colours.Length];
            var path = string.Join(' ', points.Select(point => Text($"{point.X:0.0},{point.Y:0.0}")));
            svg.Append(Text($"""<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>"""));
            foreach (var point in points) svg.Append(Mark(point.X, point.Y, index, colour));
            // The name stands at the end of its line, below the one before it.
            var place = Math.Max(points[^1].Y + 4, labels.Count > 0 ? labels[^1] + LabelDistance : 0);
            labels.Add(place);
            svg.Append(Mark(Width - Right + 12, place - 4, index, colour));
            svg.Append(Text($"""<text x="{Width - Right + 20}" y="{place:0.0}" fill="{colour}">{line.Name}</text>""")).Append('\n');
        }
        return svg.Append("</svg>\n").ToString();

        double X(double decade) => Left + (decade - firstX) / (lastX - firstX) * (Width - Right - Left);
        double Y(double decade) => Height - Bottom - (decade - firstY) / (lastY - firstY) * (Height - Bottom - Top);
    }

    private static (int First, int Last) Decades(IEnumerable<double> values)
    {
        var logs = values.Select(Math.Log10).DefaultIfEmpty(0).ToArray();
        var first = (int)Math.Floor(logs.Min());
        return (first, Math.Max(first + 1, (int)Math.Ceiling(logs.Max())));
    }

    private static string Number(int decade) =>
        Math.Pow(10, decade).ToString(decade < 0 ? "0.######" : "#,0", CultureInfo.InvariantCulture);

    private static string Line(double x1, double y1, double x2, double y2, string colour, string more = "") =>
        Text($"""<line x1="{x1:0.0}" y1="{y1:0.0}" x2="{x2:0.0}" y2="{y2:0.0}" stroke="{colour}" {more}/>""");

    private static string Label(double x, double y, string anchor, string text) =>
        Text($"""<text x="{x:0.0}" y="{y:0.0}" text-anchor="{anchor}">{text}</text>""");

    private static string Mark(double x, double y, int index, string colour) => (index % 3) switch
    {
        0 => Text($"""<circle cx="{x:0.0}" cy="{y:0.0}" r="3.5" fill="{colour}"/>"""),
        1 => Text($"""<rect x="{x - 3:0.0}" y="{y - 3:0.0}" width="6" height="6" fill="{colour}"/>"""),
        _ => Text($"""<path d="M{x:0.0} {y - 4:0.0}l4 7h-8z" fill="{colour}"/>"""),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
