namespace XenShared.Cli.Output;

/// <summary>Defines how a command prints objects.</summary>
internal enum OutputFormat
{
    /// <summary>A table of 80 columns, or text.</summary>
    Table,

    /// <summary>A table with more columns.</summary>
    Wide,

    /// <summary>One JSON object per line.</summary>
    Json,

    /// <summary>Comma-separated values with a heading.</summary>
    Csv,
}
