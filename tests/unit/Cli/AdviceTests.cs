using System.Text.RegularExpressions;
using XenShared.Cli;
using XenShared.Cli.Commands;
using XenShared.Cli.Execution;
using XenShared.Cli.Output;
using XenShared.Diagnosis;
using XenShared.Diagnosis.Rules;
using XenShared.Poking;
using XenShared.Queries;
using XenShared.Targets.Simulated;
using XenShared.Tests.Cli.Matrix;
using XenShared.Tests.Diagnosis.Rules;
using XenShared.Tests.Poking;
using XenShared.Tests.Support;
using XenShared.Tests.Targets.Simulated;

namespace XenShared.Tests.Cli;

/// <summary>
/// Runs the command line advice of each rule in the state for which the rule gives it. <c>tests/pester/Advice.Tests.ps1</c> does the same
/// with cmdlets.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class AdviceTests
{
    private const string Host = "simulated:15";

    // The faults that a poke repairs. The others need an action in the guest or of the toolstack.
    private static readonly string[] s_mended =
        ["LostWakeup", "SelectorSilent", "StuckMasked", "UpcallStuck", "UpcallMasked", "ClockVersionOdd", "WallClockOff"];

    public static TheoryData<string> Rules => FaultRulesTests.Rules;

    [Theory]
    [MemberData(nameof(Rules))]
    public void TheCommandsOfARuleAreDoneAndMendWhatTheyCan(string rule)
    {
        using var folder = new TemporaryFolder();
        using var target = new SimulatedTarget(15);
        var guest = Cause(target, rule);
        var faults = Find(target, guest, rule);
        Assert.NotEmpty(faults);

        var pokes = 0;
        foreach (var part in faults.SelectMany(fault => fault.GetCommandLineAdvice(Host)).Where(part => part.IsCommand))
        {
            var words = part.Text.Split(' ');
            Assert.Equal("xenshared", words[0]);
            if (words[1] == "poke")
            {
                Poke(target, words[1..]);
                pokes++;
                continue;
            }
            var command = CommandRun.Commands.Single(command => command.Name == words[1]);
            var result = CommandRun.Run(command, [.. words[2..].Select(word => word == "guest.xencap" ? folder[word] : word)]);
            // A search without a result is a valid result.
            Assert.Contains(result.Status, (int[])[ExitStatus.Done, ExitStatus.NothingMatched]);
            Assert.Empty(result.Error);
        }

        Assert.Equal(s_mended.Contains(rule), pokes > 0);
        if (pokes == 0) return;
        guest.Advance(500);
        Assert.Empty(Find(target, guest, rule));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void OneAdviceHasOneSentenceInBothForms(string rule)
    {
        using var target = new SimulatedTarget(15);
        foreach (var fault in Find(target, Cause(target, rule), rule))
        {
            var parts = fault.GetCommandLineAdvice().ToArray();

            Assert.DoesNotMatch("[a-z]-Xen[A-Z]", string.Concat(parts.Select(part => part.Text)));
            Assert.DoesNotContain("xenshared ", fault.Advice, StringComparison.Ordinal);
            var words = string.Concat(parts.Select(part => part.IsCommand ? "(.+)" : Regex.Escape(part.Text)));
            Assert.Matches($"^{words}$", fault.Advice);
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void ACommandIsNotBrokenIntoLines(string rule)
    {
        using var target = new SimulatedTarget(15);
        var guest = Cause(target, rule);
        var query = new FaultQuery(target, new RecordingObserver()) { Rules = [rule] };
        var domains = query.Diagnose(new DomainSelection { DomIds = [guest.Plan.DomId] }).ToArray();
        using var output = new StringWriter();

        FaultOutput.WriteText(domains, output, "ssh://root@a-host-with-a-long-name.example.com:2222");

        Assert.All(
            domains.SelectMany(domain => domain.Faults)
                .SelectMany(fault => fault.GetCommandLineAdvice("ssh://root@a-host-with-a-long-name.example.com:2222"))
                .Where(part => part.IsCommand),
            part => Assert.Contains(part.Text, output.ToString(), StringComparison.Ordinal));
        Assert.DoesNotContain('\u00a0', output.ToString());
    }

    // The command line takes a time, and the one to give is the host's; PowerShell reads it when the line runs.
    [Fact]
    public void WithoutTheHostsClockTheCmdletIsNamedAsOne()
    {
        var advice = RuleCommands.CopyHostClock(5, null);

        Assert.Equal(
            "in PowerShell: Set-XenSharedInfo -DomId 5 -WallClock (Get-XenSharedInfo -DomId 0).WallClock.Time",
            string.Concat(advice.ToCommandLine(Host).Select(part => part.Text)));
    }

    [Fact]
    public void AFaultThatNoRuleMadeKeepsItsAdvice() =>
        Assert.Equal([new AdvicePart("Port 3 waits.", IsCommand: false)], SomeReport.Fault().GetCommandLineAdvice());

    private static SimulatedGuest Cause(SimulatedTarget target, string rule)
    {
        var (kind, cause, _) = FaultRulesTests.Cause(rule);
        var domId = SimulatedTargetTests.DomainOf(target, kind);
        if (FaultRulesTests.TakesTwoVcpus(rule)) target.Replace(domId, vcpuCount: 2);
        cause(target, target.Guest(domId));
        return target.Guest(domId);
    }

    private static XenFault[] Find(SimulatedTarget target, SimulatedGuest guest, string rule) =>
        [.. new FaultQuery(target, new RecordingObserver()) { Rules = [rule] }.Run(new DomainSelection { DomIds = [guest.Plan.DomId] })];

    private static void Poke(SimulatedTarget target, string[] words)
    {
        Assert.Empty(Program.Parse(words).Errors);
        var command = new PokeCommand();
        var request = command.CreateRequest(command.Command.Parse(words[1..]));
        new PokeRunner(target, new RecordingPokes()) { Options = new PokeOptions { Locator = new GuestMemoryLocator(target) } }
            .Run(request, CancellationToken.None);
    }
}
