using XenShared.Files.Images;
using XenShared.Fuzz.Samples;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Tests.Support;

/// <summary>Creates core dumps and saved guests, valid or damaged.</summary>
internal static class ImageFile
{
    public const string Name = "guest.file";

    public static IXenDataSource Open(byte[] bytes) => TargetFile.Read(new MemoryStream(bytes, writable: false), Name);

    public static XenException AssertRefused(XenErrorId id, byte[] bytes)
    {
        var error = Assert.Throws<XenException>(() => Watchdog.Ends(() => Open(bytes).Dispose()));
        Assert.Equal(id, error.Id);
        Messages.AssertSentence(error.Message);
        Assert.Contains($"'{Name}'", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Advice);
        return error;
    }

    /// <summary>Checks that a file is rejected as damaged, and that the error contains the offset.</summary>
    public static void AssertDamaged(byte[] bytes, string reason)
    {
        var error = AssertRefused(XenErrorId.FileDamaged, bytes);
        Assert.Matches("at offset [0-9]+: ", error.Message);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Checks that a file that is truncated at any length is rejected.</summary>
    public static void AssertRefusedWherever(byte[] bytes, int step)
    {
        for (var length = 1; length < bytes.Length; length += step)
        {
            var cut = bytes[..length];
            var error = Assert.Throws<XenException>(() => Open(cut).Dispose());
            Assert.True(error.Id is XenErrorId.FileDamaged or XenErrorId.FileNotRecognised, $"cut at {length}: {error.Message}");
        }
    }

    public static byte[] Dump(GuestSample guest, bool isPv = true, Action<CoreDumpWriter>? change = null)
    {
        var writer = CoreDumpWriter.Create(guest, isPv);
        change?.Invoke(writer);
        return writer.ToBytes();
    }

    /// <summary>Returns a page of the memory in a file.</summary>
    public static byte[]? Page(IXenDataSource target, ulong frame)
    {
        byte[]? copy = null;
        ((IGuestMemory)target).VisitFrames(GuestImage.NoDomId, [frame], (_, page) => copy = page.ToArray());
        Assert.True(copy is null || copy.Length == SharedInfoLayout.PageSize);
        return copy;
    }
}
