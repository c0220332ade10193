using System.Globalization;
using System.Text;
using XenShared.Files.DebugKeys;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files.DebugKeys;

/// <summary>Tests the output of <c>xenstore-ls</c>. The guest writes a part of the nodes.</summary>
public sealed class StoreListingTests
{
    private const string Vif = """
        /local/domain/0/backend/vif/5/0/frontend = "/local/domain/5/device/vif/0"
        /local/domain/0/backend/vif/5/0/state = "2"
        /local/domain/5/name = "guest"
        /local/domain/5/device/vif/0/backend = "/local/domain/0/backend/vif/5/0"
        /local/domain/5/device/vif/0/state = "4"
        /local/domain/5/device/vif/0/event-channel-tx = "9"

        """;

    [Theory]
    [InlineData("xenstore.txt")]
    [InlineData("xenstore-f.txt")]
    [InlineData("xenstore-p.txt")]
    [InlineData("xenstore-fp.txt")]
    public void Each_form_of_a_real_host_has_the_same_devices(string file)
    {
        using var target = Open(Data(file));

        Assert.Equal(
            ["Domain-0", "pv-2l-2vcpu", "pv-2l-vbd-vif", "pvh-fifo"],
            target.ReadDomains().Select(domain => target.ReadName(domain.DomId)));
        var devices = new DeviceQuery(target, new RecordingObserver()).Run(DomainSelection.All).ToArray();
        Assert.Equal(
            [
                (1, "console", "0", "2"), (2, "console", "0", "2"), (2, "vbd", "51712", "9"), (2, "vif", "0", "10 11"),
                (3, "console", "0", "2"),
            ],
            devices.Select(device => ((int)device.DomId, device.Kind, device.Id, device.Port.ToString()!)));
        Assert.Equal((XenbusState?)XenbusState.Connected, devices[2].FrontendState);
        Assert.Equal((XenbusState?)XenbusState.Connected, devices[2].BackendState);
        Assert.Equal((ushort?)0, devices[2].BackendDomId);
        Assert.Null(ConsoleLogTarget.GetToolRemark(target));
    }

    [Fact]
    public void A_tree_of_one_domain_shows_which_one()
    {
        using var target = Open(Data("xenstore-2.txt"));

        Assert.Equal(2, Assert.Single(target.ReadDomains()).DomId);
        Assert.Equal(["console", "vbd", "vif"], target.ReadDevices(2)!.Devices.Select(device => device.Kind));
    }

    [Theory]
    [InlineData("# xenstore-ls /local/domain/5/device/vif", "0 = \"\"\n state = \"4\"\n", true)]
    [InlineData("root@host:~# xenstore-ls -p /local/domain/5", "device = \"\"\n vif = \"\"\n  0 = \"\"\n   state = \"4\"\n", true)]
    [InlineData(
        "$ sudo /usr/sbin/xenstore-ls",
        "local = \"\"\n domain = \"\"\n  5 = \"\"\n   device = \"\"\n    vif = \"\"\n     0 = \"\"\n      state = \"4\"\n",
        true)]
    [InlineData("text about xenstore-ls /local/domain/5 here", "0 = \"\"\n state = \"4\"\n", false)]
    [InlineData("", "0 = \"\"\n state = \"4\"\n", false)]
    public void The_command_line_shows_the_root(string command, string tree, bool isKnown)
    {
        var text = command + "\n" + tree;
        if (!isKnown)
        {
            Assert.Equal(XenErrorId.FileNotRecognised, Assert.Throws<XenException>(() => Open(text)).Id);
            using var other = Open(text + "\n\n" + Vif);
            Assert.Contains("use xenstore-ls -f", ConsoleLogTarget.GetToolRemark(other), StringComparison.Ordinal);
            return;
        }
        using var target = Open(text);
        Assert.Equal("4", Assert.Single(target.ReadDevices(5)!.Devices).Frontend["state"]);
    }

    [Theory]
    [InlineData("frontend = \"/local/domain/5/device/vif/0\"", "frontend = \"/local/domain/6/device/vif/0\"")]
    [InlineData("backend = \"/local/domain/0/backend/vif/5/0\"", "backend = \"/local/domain/0/backend/vif/6/0\"")]
    [InlineData("backend = \"/local/domain/0/backend/vif/5/0\"", "backend = \"/local/domain/0/name\"")]
    public void A_backend_that_only_the_guest_names_is_not_believed(string node, string replacement)
    {
        using var real = Open(Vif);
        Assert.Equal((ushort?)0, Assert.Single(real.ReadDevices(5)!.Devices).BackendDomId);
        Assert.Contains(node, Vif, StringComparison.Ordinal);

        using var target = Open(Vif.Replace(node, replacement, StringComparison.Ordinal));

        var device = Assert.Single(target.ReadDevices(5)!.Devices);
        Assert.Null(device.BackendDomId);
        Assert.Empty(device.Backend);
    }

    [Theory]
    [InlineData("a \"quoted\" value", "a \"quoted\" value")]
    [InlineData("a\" = \"b", "a\" = \"b")]
    [InlineData("line\\nend\\ttab\\rreturn\\\\slash", "line\nend\ttab\rreturn\\slash")]
    [InlineData("\\x1b[31m\\001", "\u001b[31m\u0001")]
    [InlineData("x (n0,r5)", "x (n0,r5)")]
    [InlineData("\\xc3\\xbc", "\u00fc")]
    public void Values_are_unescaped(string printed, string value)
    {
        foreach (var permissions in (string[])["", "   (n0,r5)", " . . . . . (n0,r5,b12)"])
        {
            using var target = Open($"/local/domain/5/name = \"{printed}\"{permissions}\n");
            Assert.Equal(value, target.ReadName(5));
        }
    }

    [Theory]
    [InlineData("/local/domain/5/name = \"a\\...\"")]
    [InlineData("/local/domain/5/name:")]
    public void A_value_that_was_not_printed_is_not_known(string line)
    {
        using var target = Open(line + "\n");

        Assert.Null(target.ReadName(5));
    }

    [Theory]
    [InlineData("/local/domain/5/device/vif/0/state = \"4")]
    [InlineData("/local/domain/5/device/vif/0/state = \"")]
    [InlineData("/local/domain/5/device/vif/0/sta")]
    public void A_damaged_line_is_counted(string line)
    {
        using var target = Open("/local/domain/5/name = \"guest\"\n" + line + "\n");

        Assert.Equal("guest", target.ReadName(5));
        Assert.Contains("Line 2 of xenstore-ls could not be read", ConsoleLogTarget.GetToolRemark(target), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/local/domain/32752/name = \"x\"")]
    [InlineData("/local/domain/05/name = \"x\"")]
    [InlineData("/local/domain/x/name = \"x\"")]
    [InlineData("/vm/5/name = \"x\"")]
    public void A_path_of_no_domain_makes_none(string line) =>
        Assert.Equal(XenErrorId.FileNotRecognised, Assert.Throws<XenException>(() => Open(line + "\n")).Id);

    // If a line of a tree is damaged, the nodes below it could be taken for nodes of another directory.
    [Fact]
    public void A_tree_with_a_damaged_line_has_no_node_that_the_whole_one_lacks()
    {
        var lines = Data("xenstore.txt").Split('\n');
        using var whole = Open(Data("xenstore.txt"));
        var nodes = whole.ReadDomains().ToDictionary(domain => domain.DomId, domain => Facts(whole, domain.DomId));
        for (var left = 0; left < lines.Length - 1; left++)
        {
            var name = lines[left].TrimStart(' ');
            var indentation = lines[left].Length - name.Length;
            foreach (var length in (int[])[1, name.IndexOf(' ', StringComparison.Ordinal), name.Length - 1])
            {
                var part = lines.ToArray();
                part[left] = lines[left][..(indentation + length)];
                using var target = TryOpen(string.Join('\n', part));
                foreach (var domain in target?.ReadDomains() ?? [])
                    Assert.Subset(nodes[domain.DomId], Facts(target!, domain.DomId));
            }
        }
    }

    [Fact]
    public void Of_two_outputs_the_last_one_is_shown()
    {
        using var target = Open(Vif + "\n# xl list\n/local/domain/6/name = \"other\"\n/local/domain/5/name = \"guest\"\n");

        Assert.Empty(target.ReadDevices(5)!.Devices);
        Assert.Contains("the last one is shown", ConsoleLogTarget.GetToolRemark(target), StringComparison.Ordinal);
    }

    [Fact]
    public void The_configuration_of_a_guest_is_no_tree()
    {
        const string Configuration = "name = \"guest\"\nkernel = \"/boot/vmlinuz\"\nvcpus = 2\nextra = \"a=b c=\"\n";
        using var target = Open(Configuration + Vif);

        Assert.Null(ConsoleLogTarget.GetToolRemark(target));
        Assert.Equal(XenErrorId.FileNotRecognised, Assert.Throws<XenException>(() => Open(Configuration)).Id);
    }

    [Fact]
    public void Text_of_a_guest_is_not_read() =>
        Assert.Throws<XenException>(() => Open("(d5) " + Vif.Trim().Replace("\n", "\n(d5) ", StringComparison.Ordinal) + "\n"));

    [Fact]
    public void More_nodes_than_the_limit_are_refused()
    {
        var text = new StringBuilder();
        for (var node = 0; node <= StoreListing.MaximumNodes; node++)
            text.Append(CultureInfo.InvariantCulture, $"/local/domain/5/data/{node} = \"\"\n");

        Assert.Equal(XenErrorId.FileDamaged, Assert.Throws<XenException>(() => Open(text.ToString())).Id);
    }

    private static HashSet<string> Facts(IXenDataSource target, ushort domId)
    {
        var facts = new HashSet<string> { $"name {target.ReadName(domId)}", "name " };
        foreach (var device in target.ReadDevices(domId)?.Devices ?? [])
        {
            foreach (var node in device.Frontend) facts.Add($"{device.Kind} {device.Id} {node}");
            foreach (var node in device.Backend) facts.Add($"{device.Kind} {device.Id} {device.BackendDomId} {node}");
        }
        foreach (var node in target.ReadDeviceNodes(domId)) facts.Add($"{node}");
        return facts;
    }

    private static string Data(string file) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "data", "outputs", file));

    private static IXenDataSource? TryOpen(string text)
    {
        try
        {
            return Open(text);
        }
        catch (XenException error) when (error.Id == XenErrorId.FileNotRecognised)
        {
            return null;
        }
    }

    private static IXenDataSource Open(string text) => TargetFile.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "x");
}
