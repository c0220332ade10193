using System.Buffers.Binary;
using System.Security.Cryptography;
using XenShared.Files;

namespace XenShared.Targets.Remote;

/// <summary>
/// Copies the executable <c>xenshared</c> to a host. It is written with a temporary name, and replaces the old one only if its checksum
/// matches, so that the host always has a complete old or new executable.
/// </summary>
public sealed class RemoteInstall
{
    // The script copies standard input to a temporary file, and renames it if its checksum is right. $1: the folder; $2: a random word in
    // the temporary name; $3: the checksum.
    private const string Script =
        "set -eC; t=$1/.xenshared.$2; trap 'rm -f \"$t\"' EXIT; umask 077; cat >\"$t\"; "
        + "s=$(sha256sum <\"$t\"); [ \"${s%% *}\" = \"$3\" ] || { echo 'the copy is incomplete' >&2; exit 1; }; "
        + "chmod 755 \"$t\"; mv -f \"$t\" \"$1/xenshared\"; s=$(sha256sum <\"$1/xenshared\"); [ \"${s%% *}\" = \"$3\" ]; echo installed";

    // The maximum size of the file that is read, about ten times the size of the executable.
    private const int MaximumBytes = 100 << 20;

    private static readonly TimeSpan s_exitTimeout = TimeSpan.FromSeconds(10);

    private readonly byte[] _executable;
    private readonly string _machine;

    private RemoteInstall(byte[] executable, string machine, string folder)
    {
        Folder = folder;
        _executable = executable;
        _machine = machine;
    }

    /// <summary>
    /// Gets the folder on the host for the executable. It is in the PATH of commands that ssh runs, and packages do not use it.
    /// </summary>
    public string Folder { get; }

    /// <summary>Gets the size of the executable in bytes.</summary>
    public int Length => _executable.Length;

    /// <summary>Reads the executable to copy.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.FileNotRecognised"/>: it is not a Linux executable for x86-64 or
    /// Arm.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static RemoteInstall Read(string path) => Read(path, "/usr/local/bin");

    /// <summary>Reads the executable to copy, for another folder on the host.</summary>
    internal static RemoteInstall Read(string path, string folder)
    {
        var bytes = BoundedFile.Read(path, MaximumBytes);
        return new RemoteInstall(
            bytes,
            MachineOf(bytes)
                ?? throw new XenException(
                    XenErrorId.FileNotRecognised,
                    $"'{path}' is not a Linux executable for x86-64 or Arm",
                    "give the xenshared that was built for the host"),
            folder);
    }

    /// <summary>Copies the executable.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.RemoteNotInstalled"/>: it could not be installed;
    /// <see cref="XenErrorId.HostUnreachable"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the host is unchanged.</exception>
    public void Run(SshDestination destination, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        using var session = new SshSession(destination);
        var machine = RunCommand(session, destination, ["uname", "-s", "-m"], [], cancellation);
        if (!machine.Contains(_machine, StringComparison.Ordinal))
            throw Failed(destination, $"it is for {_machine}, and the host is {machine}");
        var checksum = Convert.ToHexString(SHA256.HashData(_executable)).ToLowerInvariant();
        var message = RunCommand(
            session,
            destination,
            ["sh", "-c", Script, "xenshared", Folder, Guid.NewGuid().ToString("N"), checksum],
            _executable,
            cancellation);
        if (!message.EndsWith("installed", StringComparison.Ordinal))
            throw Failed(destination, $"the host replied '{message}'");
    }

    private static string RunCommand(
        SshSession session,
        SshDestination destination,
        string[] words,
        byte[] input,
        CancellationToken cancellation)
    {
        using var channel = session.Start(ShellQuoting.Join(words), cancellation);
        using var stop = cancellation.Register(channel.Kill);
        try
        {
            using (channel.Input) channel.Input.Write(input);
        }
        catch (IOException)
        {
            // The remote command ended before it had read all of its input. Its output and its status, which are read below, have the
            // reason.
        }
        using var stream = new RemoteStream(channel, _ => { }, cancellation);
        var answer = new byte[4096];
        var length = stream.ReadAtLeast(answer, answer.Length, throwOnEndOfStream: false);
        var status = channel.WaitForEnd(s_exitTimeout);
        cancellation.ThrowIfCancellationRequested();
        if (status == 0) return StandardErrorReader.Text(answer.AsSpan(0, length));
        var lastErrorLine = channel.LastErrorLine ?? session.LastErrorLine;
        throw SshFailure.FromStatus(destination.ToString(), status, lastErrorLine) is { Id: XenErrorId.HostUnreachable } failure
            ? failure
            : Failed(destination, lastErrorLine ?? $"the shell there ended with {status}");
    }

    // Returns the system and the processor for which an ELF file was built, as uname prints them. Returns null if the file is not 64-bit
    // and little-endian (e_ident), or if its processor (e_machine at offset 18) is not x86-64 or arm64. See System V ABI, chapter 4.
    private static string? MachineOf(ReadOnlySpan<byte> elf) =>
        elf.Length < 64 || !elf.StartsWith("\u007fELF"u8) || elf[4] != 2 || elf[5] != 1
            ? null
            : BinaryPrimitives.ReadUInt16LittleEndian(elf[18..]) switch
            {
                62 => "Linux x86_64",
                183 => "Linux aarch64",
                _ => null,
            };

    private static XenException Failed(SshDestination destination, string why) =>
        new(
            XenErrorId.RemoteNotInstalled,
            $"xenshared could not be copied to {destination}: {why.TrimEnd('.')}",
            "install its package there");
}
