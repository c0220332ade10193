using System.Text.RegularExpressions;
using XenShared.Tests.Support;

namespace XenShared.Tests.Architecture;

/// <summary>
/// Checks that names are terms of Xen, PowerShell or .NET: <c>docs/glossary.md</c>. Each name below was replaced by a term.
/// </summary>
public sealed partial class TermsTests
{
    // The name, and the term that replaces it. A name that ends in "(" is that of a method.
    private static readonly Dictionary<string, string> s_replaced = new(StringComparer.Ordinal)
    {
        ["AskOne"] = "QueryTarget",
        ["AskXen"] = "UseHypervisor",
        ["Asked("] = "GetSession",
        ["AskedNumbers"] = "GetDomIds",
        ["AskedTarget"] = "TargetSession",
        ["AskedTargets"] = "GetSessions",
        ["AsksXen"] = "UsesHypervisor",
        ["AtomicCell"] = "AtomicField",
        ["Beat"] = "IntervalTimer",
        ["Borrow("] = "AddRef",
        ["CallOff"] = "Cancel",
        ["Cell"] = "ViewFormat",
        ["ChannelBell"] = "NotificationChannel",
        ["ChannelCell"] = "ChannelMapCell",
        ["Converse("] = "Exchange",
        ["CopyHalfWords"] = "CopyUInt32",
        ["Danger"] = "Reason",
        ["DebugKeyReading"] = "DebugKeyDump",
        ["DefaultLookCount"] = "DefaultSampleCount",
        ["Do("] = "Execute",
        ["DomainLook"] = "DomainSnapshot",
        ["DomainReading"] = "DomainInfo",
        ["Doubt("] = "SingleSampleNote",
        ["FarArguments("] = "GetRemoteArguments",
        ["FarEnd"] = "PeerState",
        ["FarEndOf("] = "GetPeerState",
        ["FarIsNewer"] = "PeerIsNewer",
        ["FarIsOlder("] = "PeerIsOlder",
        ["FarLine"] = "WireMessage",
        ["FarPoke"] = "RemotePoke",
        ["FarStream"] = "RemoteStream",
        ["FoundPage"] = "GuestAddress",
        ["FoundRecord"] = "GuestAddress",
        ["Guard("] = "InvokeAndReportErrors",
        ["GuestScans"] = "ScanCache",
        ["Hear("] = "OnMessage",
        ["HostLook"] = "HostSnapshot",
        ["HostReading"] = "HostInfo",
        ["IDebugKeys"] = "IXenDataSource.CanDumpEventChannels",
        ["IFarProgram"] = "IXenDataSource.Exchange",
        ["IFreshCaptures"] = "IXenDataSource.IsRemote",
        ["IPokeTarget"] = "IGuestWriter",
        ["IRecordedChannels"] = "IXenDataSource.Channels",
        ["IRecordedLocations"] = "IXenDataSource.HasLocations",
        ["IRecordedMemory"] = "IGuestMemory.IsRecorded",
        ["IRecordedSamples"] = "IXenDataSource.IsRealTime",
        ["IXenTarget"] = "IXenDataSource",
        ["InferredPlaces"] = "OfflineLocator",
        ["IsFinal"] = "CanForce",
        ["IsHeard("] = "NeedsUpcall",
        ["IsMeant("] = "IsSimulated",
        ["Judge("] = "Validate, Evaluate",
        ["LastWords"] = "LastErrorLine",
        ["LateEvents"] = "LostEventRecovery",
        ["LeftOut"] = "DisabledGuards",
        ["Lend("] = "Acquire",
        ["LocatedCell"] = "GuestAddress",
        ["LocationFolder"] = "GuestLocationCache",
        ["LoneArrayPattern"] = "OfflineEventArrayPattern",
        ["LookAgain"] = "InspectAgain",
        ["LookCount"] = "SampleCount",
        ["LookMilliseconds"] = "PollMilliseconds",
        ["LookReader"] = "SnapshotReader",
        ["Looks"] = "Snapshots",
        ["LooksAt("] = "GetSampleCount",
        ["LooksPerEvent"] = "PollsPerEvent",
        ["MaximumLooks"] = "MaximumSamples, MaximumPolls",
        ["MaximumShownLength"] = "MaximumQuotedLength",
        ["MaximumUnheard"] = "MaximumPending",
        ["MemoryScan"] = "GuestMemoryScanner",
        ["MetricWords"] = "MetricNames",
        ["Missed("] = "FindLostEvents",
        ["NoteTaker"] = "CollectingObserver",
        ["Of("] = "From, Create, Find",
        ["OnceObserver"] = "DeduplicatingObserver",
        ["OneLook"] = "NeedsSamples",
        ["Opened("] = "FindAffectedVcpu",
        ["Pace"] = "IntervalTimer",
        ["Patience"] = "Timeout",
        ["PokeObjection"] = "GuardViolation",
        ["PokeRun"] = "PokeExecutor",
        ["PokeSituation"] = "PokeContext",
        ["PortListing"] = "PortTableCompleteness",
        ["PortReading"] = "EventChannelStatus",
        ["RecordLook"] = "VcpuInfoSample",
        ["RecordReader"] = "VcpuInfoReader",
        ["RecordWatch"] = "VcpuInfoTracker",
        ["Reopen("] = "GetResetSteps",
        ["RoomReferences"] = "AssemblyTypeReferences",
        ["Rung"] = "Sent",
        ["SearchedPlaces"] = "GuestMemoryLocator",
        ["SecondsOfALook"] = "SecondsPerSample",
        ["SetBack"] = "MaximumBackwardStep",
        ["Setback"] = "MaximumBackwardStep",
        ["ShellWords"] = "ShellQuoting",
        ["Shown"] = "Inferred",
        ["ShownPorts"] = "InferredPorts",
        ["SideBySide"] = "TargetTaskPool",
        ["SilentObserver"] = "NullObserver",
        ["SleptMeanwhile"] = "VcpuBlockedException",
        ["Standstill"] = "MinimumObservation",
        ["TargetLease"] = "TargetConnection",
        ["TellAnew"] = "Renotify",
        ["TellOfLateEvents"] = "ReportLostEvents",
        ["Telling("] = "SelectSamples",
        ["TellingSamples"] = "MinimumSamples",
        ["Told("] = "Text, NumberOrUnknown",
        ["TrySettle"] = "TryReadConsistent",
        ["Untold("] = "FindUndelivered",
        ["VcpuReading"] = "VcpuRunState",
        ["VersionedCopy"] = "SeqlockRange",
        ["VersionedRange"] = "SeqlockRange",
        ["Voice"] = "PipelineWriter",
        ["WhatInstead("] = "FindActualUse",
        ["WithShownPorts"] = "WithInferredPorts",
        ["Wording"] = "TextFormat",
        ["WordsReader"] = "StandardErrorReader",
        ["_asked"] = "_sessions",
        ["_board"] = "_syncRoot",
        ["_hostClockAsked"] = "_isHostClockRead",
        ["_isShown"] = "_isVisible",
        ["_looks"] = "_snapshots",
        ["_unheard"] = "_pending",
        ["_voices"] = "_writers",
        ["asked"] = "session, requested",
        ["asksXen"] = "usesHypervisor",
        ["bell"] = "notification channel",
        ["board"] = "syncRoot",
        ["farewell"] = "exitTimeout",
        ["hear"] = "onMessage",
        ["heard"] = "consumed",
        ["lastWords"] = "lastErrorLine",
        ["look"] = "snapshot, sample",
        ["looks"] = "snapshots, samples",
        ["patience"] = "timeout",
        ["rung"] = "sent",
        ["s_farewell"] = "s_exitTimeout",
        ["s_inVain"] = "s_negativeCacheDuration",
        ["s_patience"] = "a timeout",
        ["s_worthTelling"] = "s_progressDelay",
        ["tell"] = "report",
        ["tells"] = "a verb that fits",
        ["told"] = "the noun of the element",
        ["voice"] = "writer",
    };

    // Names of the list that are left. Take out each that is replaced; do not add one.
    private static readonly string[] s_left = [];

    private static readonly Regex s_names = new(
        $@"(?<!\w)(?:{string.Join('|', s_replaced.Keys.Select(Pattern))})",
        RegexOptions.CultureInvariant);

    public static TheoryData<string> Sources => new(SourceTree.CSharpFiles("src"));

    public static TheoryData<string> Pages =>
        new(
            SourceTree
                .Files("docs")
                .Concat(SourceTree.Files(Path.Combine("src", "XenShared.PowerShell", "en-US")))
                .Where(file =>
                    Path.GetExtension(file) is ".md" or ".txt" or ".xml"
                    && !file.StartsWith(Path.Combine("docs", "adr"), StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Sources))]
    public void ASourceHasNoReplacedName(string file) =>
        Assert.Empty(NamesIn(WithoutText(SourceTree.Read(file))).Except(s_left).Select(name => $"{name}: use {s_replaced[name]}"));

    // A word that is English as well is one here; a name of several words is not.
    [Theory]
    [MemberData(nameof(Pages))]
    public void APageHasNoReplacedName(string file) =>
        Assert.Empty(
            NamesIn(SourceTree.Read(file))
                .Where(name => SeveralWords().IsMatch(name))
                .Except(s_left)
                .Select(name => $"{name}: use {s_replaced[name]}"));

    [Fact]
    public void EachNameThatIsLeftIsStillUsed()
    {
        var used = SourceTree
            .CSharpFiles("src")
            .SelectMany(file => NamesIn(WithoutText(SourceTree.Read(file))))
            .ToHashSet(StringComparer.Ordinal);

        Assert.All(s_left, name => Assert.Contains(name, used));
    }

    [Theory]
    [InlineData("private void CallOff() => Stop();", "CallOff")]
    [InlineData("x.Judge(evidence)", "Judge(")]
    [InlineData("var bell = 1;", "bell")]
    [InlineData("// a bell\nvar text = \"bell\";", null)]
    [InlineData("Guard = 1; DoIt(); Doing(1);", null)]
    public void ANameIsFoundInCodeOnly(string source, string? name) => Assert.Equal(name, NamesIn(WithoutText(source)).SingleOrDefault());

    private static string Pattern(string name) => name.EndsWith('(') ? $@"{name[..^1]}(?=(?:<\w+>)?\()" : $@"{name}\b";

    private static IEnumerable<string> NamesIn(string text) => s_names.Matches(text)
        .Select(match => s_replaced.ContainsKey(match.Value) ? match.Value : match.Value + "(")
        .Distinct(StringComparer.Ordinal);

    private static string WithoutText(string source) => TextAndComments().Replace(source, " ");

    [GeneratedRegex(@"^[A-Z][a-z]+[A-Z]")]
    private static partial Regex SeveralWords();

    [GeneratedRegex(
        @"//[^\n]*|/\*.*?\*/|""""""[\s\S]*?""""""|@""(?:[^""]|"""")*""|""(?:\\.|[^""\\\n])*""|'(?:\\.|[^'\\\n])'",
        RegexOptions.Singleline
    )]
    private static partial Regex TextAndComments();
}
