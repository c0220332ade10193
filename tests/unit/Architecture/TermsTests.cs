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
        ["AskedTarget"] = "TargetSession",
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
        ["Do("] = "Execute",
        ["DomainLook"] = "DomainSnapshot",
        ["DomainReading"] = "DomainInfo",
        ["FarEnd"] = "PeerState",
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
        ["Judge("] = "Validate, Evaluate",
        ["LateEvents"] = "LostEventRecovery",
        ["LeftOut"] = "DisabledGuards",
        ["Lend("] = "Acquire",
        ["LocatedCell"] = "GuestAddress",
        ["LocationFolder"] = "GuestLocationCache",
        ["LoneArrayPattern"] = "OfflineEventArrayPattern",
        ["LookReader"] = "SnapshotReader",
        ["MaximumUnheard"] = "MaximumPending",
        ["MemoryScan"] = "GuestMemoryScanner",
        ["MetricWords"] = "MetricNames",
        ["Missed("] = "FindLostEvents",
        ["NoteTaker"] = "CollectingObserver",
        ["OnceObserver"] = "DeduplicatingObserver",
        ["Opened("] = "FindAffectedVcpu",
        ["Pace"] = "IntervalTimer",
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
        ["SetBack"] = "MaximumBackwardStep",
        ["Setback"] = "MaximumBackwardStep",
        ["ShellWords"] = "ShellQuoting",
        ["ShownPorts"] = "InferredPorts",
        ["SideBySide"] = "TargetTaskPool",
        ["SilentObserver"] = "NullObserver",
        ["SleptMeanwhile"] = "VcpuBlockedException",
        ["Standstill"] = "MinimumObservation",
        ["TargetLease"] = "TargetConnection",
        ["TellAnew"] = "Renotify",
        ["TrySettle"] = "TryReadConsistent",
        ["Untold("] = "FindUndelivered",
        ["VcpuReading"] = "VcpuRunState",
        ["VersionedCopy"] = "SeqlockReader",
        ["VersionedRange"] = "SeqlockRange",
        ["Voice"] = "PipelineWriter",
        ["Wording"] = "TextFormat",
        ["WordsReader"] = "StandardErrorReader",
        ["_board"] = "_syncRoot",
        ["_unheard"] = "_pending",
        ["_voices"] = "_writers",
        ["bell"] = "notification channel",
        ["board"] = "syncRoot",
        ["farewell"] = "exitTimeout",
        ["hear"] = "onMessage",
        ["heard"] = "consumed",
        ["patience"] = "timeout",
        ["rung"] = "sent",
        ["s_farewell"] = "s_exitTimeout",
        ["s_inVain"] = "s_negativeCacheDuration",
        ["s_patience"] = "a timeout",
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
