using System.Buffers.Binary;
using System.Text;
using XenShared.Files.Images;
using XenShared.Fuzz.Samples;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files.Images;

/// <summary>Tests the headers that toolstacks write before the stream of a saved guest.</summary>
public sealed class SavedHeaderTests
{
    private const string Xml =
        "<domain type='xen'><name>web01</name><uuid>5a5a0001-0002-0003-0004-000000000005</uuid><os><type arch='x86_64'>linux</type></os>"
            + "<devices><disk><name>other</name></disk></devices></domain>";

    private static readonly byte[] s_libxl = SaveStreamWriter.Write(GuestSample.Fifo(vcpus: 2), configuration: null);

    [Theory]
    [InlineData("linux", DomainType.PV)]
    [InlineData("xenpvh", DomainType.PVH)]
    [InlineData("hvm", DomainType.HVM)]
    public void Libvirts_header_has_the_name(string type, DomainType expected)
    {
        var file = Libvirt(Xml.Replace("linux", type, StringComparison.Ordinal), SaveStreamWriter.Write(
            GuestSample.Fifo(), isPv: expected == DomainType.PV, configuration: null));
        using var target = ImageFile.Open(file);

        var domain = target.ReadDomain(GuestImage.NoDomId);
        Assert.Equal(
            ("web01", "5a5a0001-0002-0003-0004-000000000005", expected),
            (target.ReadName(GuestImage.NoDomId), domain.Uuid.ToString(), domain.Type));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not XML")]
    [InlineData("<domain><name>")]
    [InlineData("<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><domain><name>&a;</name></domain>")]
    public void An_XML_that_cannot_be_read_has_no_name(string xml)
    {
        using var target = ImageFile.Open(Libvirt(xml, s_libxl));

        Assert.Null(target.ReadName(GuestImage.NoDomId));
        Assert.Equal(2, target.ReadDomain(GuestImage.NoDomId).OnlineVcpus);
    }

    [Fact]
    public void Libvirts_header_is_checked()
    {
        var file = Libvirt(Xml, s_libxl);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(16), 1);
        Assert.Contains("version 1", ImageFile.AssertRefused(XenErrorId.FileNotRecognised, file).Message, StringComparison.Ordinal);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(16), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(20), uint.MaxValue);
        ImageFile.AssertDamaged(file, "the XML of its domain has 4294967295 bytes");
    }

    // xenguest writes the records of libxc at once, without those of libxl.
    [Theory]
    [InlineData(0x00f0)]
    [InlineData(0x00f1)]
    public void The_guest_of_a_xenopsd_image_is_read(ulong type)
    {
        var file = Xenopsd(
            (0x000f, Encoding.ASCII.GetBytes("((time 2026)(word_size 64))")),
            (type, type == 0x00f1 ? s_libxl : s_libxl[24..]));
        using var target = ImageFile.Open(file);

        Assert.Equal(
            (TargetKind.SavedGuest, 2, null),
            (target.Kind, target.ReadDomain(GuestImage.NoDomId).OnlineVcpus, target.ReadName(GuestImage.NoDomId)));
    }

    [Fact]
    public void Other_xenopsd_images_are_refused_with_the_reason()
    {
        Assert.Contains(
            "0xf2",
            ImageFile.AssertRefused(XenErrorId.FileNotRecognised, Xenopsd((0x00f2, s_libxl))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "XenServer 6.2",
            ImageFile.AssertRefused(XenErrorId.FileNotRecognised, [.. "XenSavedDomain\n"u8, .. s_libxl]).Message,
            StringComparison.Ordinal);
        ImageFile.AssertDamaged(Xenopsd([.. Enumerable.Repeat((0x000ful, Array.Empty<byte>()), 17)]), "it has no guest");
        var endless = Xenopsd((0x000f, []));
        BinaryPrimitives.WriteUInt64LittleEndian(endless.AsSpan(23), ulong.MaxValue);
        ImageFile.AssertRefused(XenErrorId.FileDamaged, endless);
    }

    [Fact]
    public void Files_that_end_early_are_refused_wherever_they_end()
    {
        ImageFile.AssertRefusedWherever(Libvirt(Xml, s_libxl), step: 97);
        ImageFile.AssertRefusedWherever(Xenopsd((0x000f, new byte[50]), (0x00f1, s_libxl)), step: 97);
    }

    [Theory]
    [InlineData("zstd", 0x28, 0xb5, 0x2f, 0xfd)]
    [InlineData("xz", 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0)]
    [InlineData("lz4", 0x04, 0x22, 0x4d, 0x18)]
    [InlineData("bzip2", 0x42, 0x5a, 0x68, 0x39)]
    public void A_compressed_file_names_what_decompresses_it(string tool, params int[] start)
    {
        var error = ImageFile.AssertRefused(XenErrorId.FileNotRecognised, [.. start.Select(value => (byte)value), .. new byte[100]]);

        Assert.Contains($"{tool} -d", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Libvirt(string xml, byte[] stream)
    {
        var header = new byte[64];
        "libvirt-xml\n \0 \r"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), (uint)xml.Length + 1);
        return [.. header, .. Encoding.UTF8.GetBytes(xml), 0, .. stream];
    }

    private static byte[] Xenopsd(params (ulong Type, byte[] Body)[] records)
    {
        var file = new List<byte>("XenSavedDomv2-\n"u8.ToArray());
        var header = new byte[16];
        foreach (var (type, body) in records)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(header, type);
            BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), type == 0x000f ? (ulong)body.Length : 0);
            file.AddRange(header);
            file.AddRange(body);
        }
        return [.. file];
    }
}
