using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using XenShared.Poking;
using XenShared.Tests.Support;

namespace XenShared.Tests.Poking;

/// <summary>Checks that a request of every kind is the same after it is written and read, and that nothing else is accepted.</summary>
public sealed class PokeRequestTests
{
    private const int Rounds = 300;

    private static readonly Type[] s_kinds = Array.FindAll(typeof(PokeRequest).Assembly.GetTypes(), type =>
        type.IsSubclassOf(typeof(PokeRequest))
    );

    public static TheoryData<Type> Kinds => new(s_kinds);

    [Fact]
    public void AllKindsAreKnown() => Assert.Equal(7, s_kinds.Length);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ALineHoldsEveryMember(Type kind)
    {
        var random = new Random(kind.Name.Length);
        for (var round = 0; round < Rounds; round++)
        {
            var request = Create(kind, random);
            var line = PokeRequestLine.Serialize(request);

            var read = PokeRequestLine.Read(line);

            Assert.IsType(kind, read);
            Assert.DoesNotContain('\n', line);
            Assert.All(Members(kind), member => Assert.Equal(Text(member.GetValue(request)), Text(member.GetValue(read))));
            Assert.Equal(line, PokeRequestLine.Serialize(read));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ALineBeginsWithItsKind(Type kind)
    {
        var name = kind.Name[..^"Request".Length];

        var line = PokeRequestLine.Serialize(Create(kind, new Random(1)));

        Assert.StartsWith($"{{\"kind\":\"{char.ToLowerInvariant(name[0])}{name[1..]}\",", line, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ALineWithoutANeededMemberIsNoRequest(Type kind)
    {
        var line = PokeRequestLine.Serialize(Create(kind, new Random(1)));
        var needed = Members(kind)
            .Where(member => member.IsDefined(typeof(RequiredMemberAttribute)))
            .Select(member => member.Name)
            .ToArray();

        Assert.NotEmpty(needed);
        Assert.All(needed.Append("kind"), name =>
        {
            var changed = JsonNode.Parse(line)!.AsObject();
            Assert.True(changed.Remove(name));
            Assert.Throws<JsonException>(() => PokeRequestLine.Read(changed.ToJsonString()));
            changed.Add(name, null);
            Assert.Throws<JsonException>(() => PokeRequestLine.Read(changed.ToJsonString()));
        });
    }

    // A member that this program does not know can be a condition.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void ALineWithAnotherMemberIsNoRequest(Type kind)
    {
        var changed = JsonNode.Parse(PokeRequestLine.Serialize(Create(kind, new Random(1))))!.AsObject();
        changed.Add("OnlyIf", true);

        Assert.Throws<JsonException>(() => PokeRequestLine.Read(changed.ToJsonString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("yes")]
    [InlineData("{\"kind\":\"setPort\"}")]
    [InlineData("{\"kind\":\"SetPort\",\"DomId\":1,\"Port\":2,\"Masked\":true}")]
    [InlineData("{\"kind\":0,\"DomId\":1,\"Port\":2,\"Masked\":true}")]
    [InlineData("{\"kind\":\"reboot\",\"DomId\":1}")]
    [InlineData("{\"DomId\":1,\"Port\":2,\"Masked\":true,\"kind\":\"setPort\"}")]
    [InlineData("{\"kind\":\"setPort\",\"kind\":\"sendEvent\",\"DomId\":1,\"Port\":2}")]
    [InlineData("{\"kind\":\"sendEvent\",\"DomId\":65536,\"Port\":2}")]
    [InlineData("{\"kind\":\"sendEvent\",\"DomId\":-1,\"Port\":2}")]
    [InlineData("{\"kind\":\"undoPoke\",\"Poke\":{}}")]
    public void ALineThatIsNoRequestIsRejected(string line) => Assert.ThrowsAny<JsonException>(() => PokeRequestLine.Read(line));

    public static TheoryData<string, PokeRequest> Invalid => new()
    {
        { "has no new value", new SetPortRequest { DomId = 5, Port = 7 } },
        { "has no new value", new SetVcpuRequest { DomId = 5, Vcpu = 0 } },
        { "the clock holds times", new SetWallClockRequest { DomId = 5, Time = DateTimeOffset.MinValue } },
        { "longer than an hour", new RepairPortRequest { DomId = 5, Port = 7, Timeout = TimeSpan.FromHours(2) } },
        { "is negative", new RepairPortRequest { DomId = 5, Port = 7, Timeout = TimeSpan.FromSeconds(-1) } },
        {
            "an event that was sent",
            new UndoPokeRequest { Poke = new XenPoke { DomId = 5, Kind = PokeField.Event, Field = "event", Action = PokeAction.Send } }
        },
    };

    [Theory]
    [MemberData(nameof(Invalid))]
    public void WhatNoGuestCanDoIsRefused(string why, PokeRequest request)
    {
        var error = Assert.Throws<XenException>(request.Validate);
        var forced = Assert.Throws<XenException>((request with { Force = true }).Validate);

        Assert.Equal((XenErrorId.PokeRefused, (ushort?)5), (error.Id, error.DomId));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Messages.AssertSentence(error.Message, 5);
        Assert.Equal(error.Message, forced.Message);
    }

    private static PropertyInfo[] Members(Type kind) => [.. kind.GetProperties().Where(member => member.CanWrite)];

    private static PokeRequest Create(Type kind, Random random)
    {
        var request = (PokeRequest)Activator.CreateInstance(kind)!;
        foreach (var member in Members(kind)) member.SetValue(request, Value(member.PropertyType, random));
        return request;
    }

    private static object? Value(Type type, Random random)
    {
        if (Nullable.GetUnderlyingType(type) is { } plain) return random.Next(3) == 0 ? null : Value(plain, random);
        if (type == typeof(bool)) return random.Next(2) == 0;
        if (type == typeof(ushort)) return (ushort)random.Next(ushort.MaxValue + 1);
        if (type == typeof(uint)) return (uint)random.NextInt64(1L + uint.MaxValue);
        if (type == typeof(int)) return random.Next(int.MinValue, int.MaxValue);
        if (type == typeof(ulong)) return (ulong)random.NextInt64(long.MinValue, long.MaxValue);
        if (type == typeof(string)) return string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => (char)random.Next(1, 0xd800)));
        if (type == typeof(TimeSpan)) return new TimeSpan(random.NextInt64(TimeSpan.TicksPerHour));
        if (type == typeof(DateTimeOffset))
            return new DateTimeOffset(random.NextInt64(DateTime.MaxValue.Ticks - TimeSpan.TicksPerDay), TimeSpan.Zero)
                .ToOffset(TimeSpan.FromMinutes(random.Next(0, 14 * 60)));
        Assert.Equal(typeof(XenPoke), type);
        return new XenPoke
        {
            DomId = (ushort)random.Next(100),
            Kind = PokeField.Mask,
            Field = "evtchn_mask[port 7]",
            Action = PokeAction.ClearBits,
            Before = (ulong)random.NextInt64(long.MinValue, long.MaxValue),
            Forced = ["Delivery: it would be lost"],
            HostName = (string)Value(typeof(string), random)!,
        };
    }

    // A record with a list is not equal to its copy.
    private static object? Text(object? value) => value is XenPoke poke ? PokeLine.Serialize(poke) : value;
}
