using Slipway.Lab;

return await Verbs.RunAsync(args).ConfigureAwait(false);
