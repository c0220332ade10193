using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace XenShared.Xen.Tests.Bed;

/// <summary>Copies the parts to a dom0 that is already running. Parts that it has are not copied again.</summary>
internal static class AttachedFiles
{
    private const string Stamps = "/run/xen-tests";

    /// <summary>Uploads the parts that dom0 lacks.</summary>
    public static async Task UploadAsync(Dom0 dom0)
    {
        await dom0.ReadAsync($"mkdir -p {Stamps} /in");
        foreach (var part in Directory.EnumerateDirectories(Dom0Files.Folder))
        {
            var name = Path.GetFileName(part);
            var stamp = Stamp(part);
            if (await dom0.ReadAsync($"cat {Stamps}/{name} 2>/dev/null || true") == stamp) continue;
            await dom0.UploadAsync(part, $"/in/{name}");
            await dom0.ReadAsync($"printf %s {stamp} >{Stamps}/{name}");
        }
    }

    private static string Stamp(string part)
    {
        var files = Directory
            .EnumerateFiles(part, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(path =>
                string.Create(CultureInfo.InvariantCulture, $"{path} {new FileInfo(path).Length} {File.GetLastWriteTimeUtc(path).Ticks}\n")
            );
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(files))));
    }
}
