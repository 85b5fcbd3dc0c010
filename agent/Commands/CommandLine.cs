using System.CommandLine;
using System.CommandLine.Parsing;
using Serilog.Events;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Commands;

/// <summary>The verbs, their options and their help: what <c>--help</c> prints is all there is.</summary>
internal static class CommandLine
{
    private static readonly Option<string[]> Sources = new("--config-source")
    {
        Description = "Where the configuration is; repeatable, later ones win. Default: the platform decides.\n"
            + "guestinfo: ovf: cloud-init: nocloud: configdrive: imds: cmdline:\n"
            + "fwcfg:[opt/NAME] credential:NAME ssm-parameter:NAME\n"
            + "file:///PATH (file or directory) https://…#sha256=HEX - (standard input)",
        HelpName = "SOURCE",
        AllowMultipleArgumentsPerToken = false,
        Recursive = true,
    };

    private static readonly Option<string> Root = new("--root")
    {
        Description = "The directory that is the node's /, such as a mounted image.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "/",
        Recursive = true,
    };

    private static readonly Option<OutputFormat> Output = new("--output", "-o")
    {
        Description = "How results are printed: text or json (config show: yaml too).",
        HelpName = "text|json",
        Recursive = true,
        CustomParser = Format,
    };

    private static readonly Option<LogEventLevel?> Level = new("--log-level")
    {
        Description = "From which level on the log is written: debug, information, warning or error. Default: information for run and install, else warning.",
        HelpName = "LEVEL",
        Recursive = true,
        CustomParser = LevelOf,
    };

    private static readonly Option<bool> NoColour = new("--no-color")
    {
        Description = "No colour, also on a terminal. NO_COLOR in the environment does the same.",
        Recursive = true,
    };

    private static readonly Option<bool> IfConfigured = new("--if-configured")
    {
        Description = "Exit 0 with one line where no source has any configuration.",
    };

    private static readonly Option<bool> Repair = new("--repair")
    {
        Description = "Also on a joined node, change what differs back to what its configuration says.",
    };

    private static readonly Option<string[]> Skip = new("--skip")
    {
        Description = "A precondition to pass over, by its id. Repeatable; logged.",
        HelpName = "ID",
    };

    private static readonly Option<bool> DetailedExitCode = new("--detailed-exitcode")
    {
        Description = "Exit 2 when run would change something.",
    };

    private static readonly Argument<string?> Code = new("CODE")
    {
        Description = "An error code, such as artifact.digest-mismatch. Without one, all are listed.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    // By name alone: the library would take a number for one of the names too.
    private static OutputFormat Format(ArgumentResult result)
    {
        var word = result.Tokens[^1].Value;
        var at = Array.IndexOf(["text", "json", "yaml"], word);
        if (at < 0)
        {
            result.AddError($"--output {word}: expected text, json, or for config show yaml");
        }
        return (OutputFormat)Math.Max(at, 0);
    }

    // The library's own message would list the logger's type and all its levels.
    private static LogEventLevel? LevelOf(ArgumentResult result)
    {
        var word = result.Tokens[^1].Value;
        LogEventLevel? level = word.ToLowerInvariant() switch
        {
            // More than anybody needs, and so not told of.
            "verbose" => LogEventLevel.Verbose,
            "debug" => LogEventLevel.Debug,
            "information" => LogEventLevel.Information,
            "warning" => LogEventLevel.Warning,
            "error" => LogEventLevel.Error,
            _ => null,
        };
        if (level is null)
        {
            result.AddError($"--log-level {word}: expected debug, information, warning or error");
        }
        return level;
    }

    /// <summary>The whole command line; <c>--version</c> at its start is the verb of that name.</summary>
    public static ParseResult Parse(string[] args) => Create().Parse(args is ["--version", ..] ? ["version", .. args[1..]] : args);

    /// <summary>All verbs and options.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand(
            "Slipway brings a machine into a Kubernetes cluster: it finds the node's configuration, checks the machine, installs containerd and "
            + "the Kubernetes binaries, joins, verifies, and tells what happened.");
        // The library's own --version prints a bare number; ours is a verb with more to say.
        foreach (var version in root.Options.OfType<VersionOption>().ToList())
        {
            root.Options.Remove(version);
        }
        root.Options.OfType<System.CommandLine.Help.HelpOption>().Single().Action = new Help();
        foreach (var option in (Option[])[Sources, Root, Output, Level, NoColour])
        {
            root.Options.Add(option);
        }
        root.Subcommands.Add(Verb("run", "Find the configuration, check, install, join, verify. Safe to run again at any time.",
            async (parsed, session, ct) => await RunVerb.ExecuteAsync(session,
                new RunOptions(parsed.GetValue(IfConfigured), parsed.GetValue(Repair), parsed.GetValue(Skip) ?? []), ct),
            service: true, IfConfigured, Repair, Skip));
        root.Subcommands.Add(Verb("plan", "The changes that run would make, in order. Touches nothing.",
            (parsed, session, ct) => PlanCommand.RunAsync(session, parsed.GetValue(DetailedExitCode), ct), service: false, DetailedExitCode));
        root.Subcommands.Add(Verb("status", "Where this node stands: phase, steps done, drift, last error. Exit 2 on drift or error.",
            (_, session, ct) => StatusCommand.RunAsync(session, ct)));
        var config = new System.CommandLine.Command("config", "Look at the configuration without using it.");
        config.Subcommands.Add(Verb("check", "Validate the configuration: every mistake with file, line and column. Exit 78 when there are any.",
            (_, session, ct) => ConfigCommand.CheckAsync(session, ct)));
        config.Subcommands.Add(Verb("show", "Print the merged configuration, secrets redacted, with the origin of every value.",
            (_, session, ct) => ConfigCommand.ShowAsync(session, ct)));
        config.Subcommands.Add(Verb("sources", "List every source: found, absent, unreachable, malformed or not asked, why, and which one is chosen (*). "
            + "Asks each once, for 5 seconds at most; changes nothing.",
            (_, session, ct) => SourcesCommand.RunAsync(session, ct)));
        root.Subcommands.Add(config);
        root.Subcommands.Add(InstallCommand.Verb());
        root.Subcommands.Add(LockCommand.Verb());
        root.Subcommands.Add(BundleCommand.Verb());
        root.Subcommands.Add(UninstallCommand.Verb());
        var explain = Plain("explain", "What an error code means and what to do.", (parsed, options) => ExplainCommand.Run(options, parsed.GetValue(Code)));
        explain.Arguments.Add(Code);
        root.Subcommands.Add(explain);
        root.Subcommands.Add(Plain("version", "Version, commit, runtime and architecture.", (_, options) => VersionCommand.Run(options)));
        return root;
    }

    /// <summary>A verb that looks at a node.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does, for the help.</param>
    /// <param name="execute">Does it.</param>
    /// <param name="service">Whether it tells of its steps, as the service does; otherwise of warnings alone.</param>
    /// <param name="own">Its options and arguments.</param>
    internal static System.CommandLine.Command Verb(
        string name, string description, Func<ParseResult, Session, CancellationToken, Task<ExitCode>> execute, bool service = false, params Symbol[] own)
    {
        var command = new System.CommandLine.Command(name, description);
        foreach (var symbol in own)
        {
            switch (symbol)
            {
                case Option option:
                    command.Options.Add(option);
                    break;
                case Argument argument:
                    command.Arguments.Add(argument);
                    break;
            }
        }
        command.SetAction(async (parsed, ct) =>
        {
            var options = Options(parsed, service || name == "install" ? LogEventLevel.Information : LogEventLevel.Warning);
            try
            {
                var session = Session.Open(options, Logging.Create(options.LogLevel, service, options.Colour, out var progress), progress);
                return (int)await execute(parsed, session, ct);
            }
            // Whoever reads JSON gets JSON, whatever the outcome.
            catch (FailureException e) when (options.Output == OutputFormat.Json && name is "check" or "show" or "plan" or "install" or "uninstall" && e.Failure.ExitCode != ExitCode.Usage)
            {
                JsonOutput.WriteFailure(Console.Out, e.Failure, hasVerdict: name is "check" or "show");
                throw;
            }
        });
        return command;
    }

    private static System.CommandLine.Command Plain(string name, string description, Func<ParseResult, GlobalOptions, ExitCode> execute)
    {
        var command = new System.CommandLine.Command(name, description);
        command.SetAction(parsed => (int)execute(parsed, Options(parsed, LogEventLevel.Warning)));
        return command;
    }

    private static GlobalOptions Options(ParseResult parsed, LogEventLevel level)
    {
        var (verb, output) = (parsed.CommandResult.Command.Name, parsed.GetValue(Output));
        if (output == OutputFormat.Yaml && verb != "show")
        {
            throw new FailureException(new Failure("usage.output-unknown", $"--output yaml: {verb} has no document to print"));
        }
        return new()
        {
            ConfigSources = parsed.GetValue(Sources) ?? [],
            Root = parsed.GetValue(Root)!,
            Output = output,
            LogLevel = parsed.GetValue(Level) ?? level,
            Colour = !parsed.GetValue(NoColour) && !Terminal.NoColour,
        };
    }
}
