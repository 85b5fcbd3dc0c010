using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>What a package manager's complaints mean. They are matched in English: it runs with <c>LC_ALL=C</c>.</summary>
internal static class PackageTrouble
{
    // The first that is found counts: a cause stands before what it leads to. Sources: apt's and dpkg's po/*.pot, dnf's and tdnf's messages.
    private static readonly string[][] Table =
    [
        ["package.locked", "could not get lock", "unable to acquire the dpkg frontend lock", "unable to lock directory", "frontend lock was locked by another process",
            "database lock was locked", "waiting for process with pid", "failed to obtain the transaction lock", "can't create transaction lock", "holding the yum lock", "tdnf-instance"],
        ["host.disk-full", "no space left on device", "enough free space", "needs at least", "more space needed", "disk requirements"],
        ["package.broken", "dpkg was interrupted", "dpkg --configure -a", "rpmdb open failed", "rpmdb: ", "found a package that is in a bad state", "needs to be reinstalled"],
        ["package.untrusted", "no_pubkey", "badsig", "expkeysig", "is not signed", "couldn't be verified", "signatures were invalid", "cannot be authenticated",
            "gpg check failed", "gpgcheck", "is not installed. failing package", "signature verification", "gpg key retrieval failed", "are already installed but they are not correct"],
        ["package.held", "held packages were changed"],
        ["package.conflict", "remove is disabled", "conflicts with", "unmet dependencies", "conflicting requests", "held broken packages", "trying to overwrite", "file /usr/bin"],
        ["package.unreachable", "failed to fetch", "temporary failure resolving", "could not resolve", "could not connect", "unable to connect", "connection timed out",
            "connection failed", "connection refused", "hash sum mismatch", "failed to download", "cannot download", "curl error", "all mirrors were tried", "error(1202)"],
        ["package.not-found", "unable to locate package", "has no installation candidate", "was not found", "no match for argument", "unable to find a match",
            "no matching packages", "no package ", "is not available", "error(1011)"],
    ];

    /// <summary>The failure that a run of a package manager is.</summary>
    /// <param name="what">What was attempted.</param>
    /// <param name="result">How it ended.</param>
    public static Failure Explain(string what, CommandResult result)
    {
        var lines = result switch
        {
            CommandResult.Ended ended => ended.LastLines,
            CommandResult.TimedOut late => late.LastLines,
            _ => [],
        };
        foreach (var row in Table)
        {
            foreach (var line in lines)
            {
                for (var at = 1; at < row.Length; at++)
                {
                    if (line.Contains(row[at], StringComparison.OrdinalIgnoreCase))
                    {
                        return new Failure(row[0], $"{what}: {line.Trim()}");
                    }
                }
            }
        }
        return new Failure(result is CommandResult.TimedOut ? "package.too-slow" : "package.failed", $"{what}: {result.Describe()}");
    }
}
