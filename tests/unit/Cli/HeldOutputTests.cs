using XenShared.Cli.Execution;

namespace XenShared.Tests.Cli;

/// <summary>Checks that the rows of a batch are written together, and before the next batch is read.</summary>
public sealed class HeldOutputTests : IDisposable
{
    private const int RowsPerBatch = 64;

    private readonly CountingStream _stream = new();

    public void Dispose() => _stream.Dispose();

    [Fact]
    public void TheRowsOfABatchAreOneWrite()
    {
        Print(Batches(3));

        Assert.Equal(3, _stream.Writes);
        Assert.Equal(string.Concat(Enumerable.Range(0, 3 * RowsPerBatch).Select(row => $"{row}\n")), _stream.Text);
    }

    [Fact]
    public void RowsAreWrittenIfTheNextBatchFails()
    {
        IEnumerable<int[]> Failing()
        {
            yield return [1, 2];
            throw new IOException();
        }

        Assert.Throws<IOException>(() => Print(Failing()));

        Assert.Equal("1\n2\n", _stream.Text);
    }

    [Fact]
    public void RowsAreWrittenIfTheCallerStops()
    {
        using var output = NewWriter();
        foreach (var row in StandardStreams.WriteTogether(Batches(2), output))
        {
            output.Write($"{row}\n");
            if (row == 5) break;
        }

        Assert.Equal("0\n1\n2\n3\n4\n5\n", _stream.Text);
    }

    private StreamWriter NewWriter() => new(_stream, bufferSize: 4096) { AutoFlush = true };

    private void Print(IEnumerable<int[]> batches)
    {
        using var output = NewWriter();
        foreach (var row in StandardStreams.WriteTogether(batches, output)) output.Write($"{row}\n");
    }

    private IEnumerable<int[]> Batches(int count)
    {
        for (var batch = 0; batch < count; batch++)
        {
            Assert.Equal(batch, _stream.Writes);
            yield return [.. Enumerable.Range(batch * RowsPerBatch, RowsPerBatch)];
        }
    }

    private sealed class CountingStream : MemoryStream
    {
        public int Writes { get; private set; }

        public string Text => System.Text.Encoding.UTF8.GetString(ToArray());

        // The base class passes each span to this method.
        public override void Write(byte[] buffer, int offset, int count)
        {
            Writes++;
            base.Write(buffer, offset, count);
        }
    }
}
