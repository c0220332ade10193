using System.Collections.Concurrent;
using System.Diagnostics.Tracing;

/// <summary>Receives the runtime's event for each method that it compiles, which is at the method's first run.</summary>
internal sealed class MethodListener(string lastType, string lastMethod) : EventListener
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const EventKeywords Compilation = (EventKeywords)0x10;

    private readonly ConcurrentQueue<string> _methods = [];

    public ManualResetEventSlim HasSeenLast { get; } = new();

    public IEnumerable<string> Methods => _methods;

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Runtime) EnableEvents(eventSource, EventLevel.Verbose, Compilation);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        // MethodLoadVerbose_V1 and _V2: namespace (the full name of the type), then name.
        if (eventData.EventName?.StartsWith("MethodLoadVerbose", StringComparison.Ordinal) != true) return;
        if (eventData.Payload is not { Count: > 7 } payload || payload[6] is not string type || payload[7] is not string method) return;
        _methods.Enqueue($"{type} {method}");
        if (type == lastType && method == lastMethod) HasSeenLast.Set();
    }
}
