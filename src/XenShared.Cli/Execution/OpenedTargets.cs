using System.CommandLine;
using XenShared.Cli.Options;
using XenShared.Targets;

namespace XenShared.Cli.Execution;

/// <summary>Holds the target of a command, and the captures to compare it with.</summary>
internal sealed class OpenedTargets : IDisposable
{
    private readonly List<IXenDataSource> _references = [];

    public OpenedTargets(QueryOptions options, ParseResult parsed, IEnumerable<string> references, CancellationToken cancellation)
    {
        Target = options.Open(parsed, cancellation);
        try
        {
            foreach (var file in references) _references.Add(CaptureTarget.Open(file, cancellation));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IXenDataSource Target { get; }

    public IReadOnlyList<IXenDataSource> References => _references;

    public void Dispose()
    {
        foreach (var reference in _references) reference.Dispose();
        Target.Dispose();
    }
}
