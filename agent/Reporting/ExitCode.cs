namespace Slipway.Reporting;

/// <summary>What a command's exit tells scripts and systemd.</summary>
internal enum ExitCode
{
    /// <summary>Done, or already done.</summary>
    Done = 0,

    /// <summary>Failed, and trying again unchanged will fail again.</summary>
    Failed = 1,

    /// <summary>Differences or findings.</summary>
    Findings = 2,

    /// <summary>The command line is wrong (EX_USAGE).</summary>
    Usage = 64,

    /// <summary>Failed for now, worth retrying (EX_TEMPFAIL).</summary>
    RetryLater = 75,

    /// <summary>Not permitted: not root (EX_NOPERM).</summary>
    NotPermitted = 77,

    /// <summary>The configuration is wrong (EX_CONFIG).</summary>
    BadConfiguration = 78,
}
